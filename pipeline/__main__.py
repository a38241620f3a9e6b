"""``python -m pipeline`` is ``retold``."""

from pipeline.cli import main

if __name__ == "__main__":
    main(prog_name="retold")
