#!/usr/bin/env bash
# Sets up a virtual environment with everything needed, then runs the demo or the tests.
# Works on a fresh Debian or Ubuntu with Python 3.11 or newer. VENV names another place for the environment.
set -euo pipefail
cd "$(dirname "$0")"
what=${1:-}
venv=${VENV:-.venv}
case "$what" in
  demo) extras="sandbox" ;;
  test) extras="dev" ;;
  *) echo "usage: bash setup.sh demo|test" >&2; exit 2 ;;
esac
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Python 3.11 or newer is needed; $("$python" --version) is too old. Name another with PYTHON=..." >&2
  exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  as_root=""; [ "$(id -u)" = 0 ] || as_root="sudo"
  $as_root apt-get update -q
  $as_root apt-get install -y -q python3-venv
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extras]"
if [ "$what" = demo ]; then
  exec "$venv/bin/tiketti-migrate" demo
fi
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || {
  as_root=""; [ "$(id -u)" = 0 ] || as_root="sudo"
  $as_root apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q dovecot-imapd
}
# Most of the time is spent waiting for sandboxes: three at a time use two cores well.
exec "$venv/bin/python" -m pytest -n 3
