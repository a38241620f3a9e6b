"""``python -m pipeline`` is ``retold``."""

from pipeline.start import main

if __name__ == "__main__":
    main()
