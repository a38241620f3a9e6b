"""What a kill, a full disk, a power cut or a crowd costs: nothing, or the command ends with 1.

    python -m bench.reliability.kills [--kills N] [--disks N] [--power N] [--seconds S] [--times N] [--only PARTS]

Real runs over a small day on loopback (day.py) are killed, starved, have their power cut, or are crowded; after each
the database is examined, the next run is let through, and everything it decides is compared with what an uninterrupted
run decides. Some twenty minutes of one core; figures go to bench/results/reliability-kills.json.
"""

import sys

if __name__ == "__main__":  # and nothing else here: the children that parse import this module
    from bench.reliability.programme import main

    sys.exit(main("python -m bench.reliability.kills"))
