"""How often history alone suspects unchanged benchmarks, and finds slower ones: tables by kind of noise and by rule.

    python tests/calibration/suspicion.py [--suites 100] [--runs 4 8 12 30]

Made-up histories with the noise described in `tests/suspicions.py`; 20 benchmarks a suite; the newest run is judged.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from suspicions import KINDS, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", type=int, default=100)
    parser.add_argument("--runs", type=int, nargs="+", default=[4, 8, 12, 30])
    args = parser.parse_args()
    print("share of benchmarks suspected: nothing changed | a fifth of them slower by 20 % | by 50 %")
    print(
        f"{'':16}{'runs':>5}{'n':>7}{'step':>8}{'seed':>8}{'drift':>8}{'level':>8}{'any':>8} |"
        f"{'n':>6}{'step':>7}{'seed':>7} |{'step':>7}{'seed':>7}"
    )
    for name, noise in KINDS.items():
        for runs in args.runs:
            null = count(noise, suites=args.suites, runs=runs)
            some, much = (count(noise, change=change, suites=args.suites, runs=runs) for change in (1.2, 1.5))
            print(
                f"{name:16}{runs:>5}{null.judged:>7}{null.share('step'):>8.2%}{null.share('seed_rule'):>8.2%}"
                f"{null.share('drift'):>8.2%}{null.share('change_point'):>8.2%}{null.share('any'):>8.2%} |{some.judged:>6}{some.share('step'):>7.0%}{some.share('seed_rule'):>7.0%} |"
                f"{much.share('step'):>7.0%}{much.share('seed_rule'):>7.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
