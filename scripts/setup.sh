#!/bin/sh
# Makes the virtual environment $1 and installs the project into it. With uv when it is there, else with python's own tools.
set -eu
venv=$1

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

# pytest compiles its plugins for itself. Where PYTHONDONTWRITEBYTECODE is set, as in containers, it would do so again in
# each session: 2.5 s of CPU to start one instead of 1.0 s.
compile_plugins() {
    env -u PYTHONDONTWRITEBYTECODE "$venv/bin/python" -m pytest --collect-only -q tests/text >/dev/null || true
}

if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python '>=3.11' "$venv"
    VIRTUAL_ENV=$venv uv pip install --quiet --compile-bytecode --editable '.[dev]'
    compile_plugins
    exit
fi

python=$(find_python)
if [ -z "$python" ]; then
    echo "error: no Python 3.11 or later on PATH" >&2
    echo "hint: install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)" >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null; then
        rm -rf "$venv"
        echo "error: $python cannot make virtual environments" >&2
        echo "hint: on Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    fi
fi
echo "Installing into $venv (once; about a minute)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
compile_plugins
