# What the scripts beside this file share. Each has gone to the checkout's folder before.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "set-up: $*"
    exit 1
}

quietly() { # what a command prints is for its failure only
    if ! printed=$("$@" 2>&1 </dev/null); then
        say "$printed"
        return 1
    fi
}

sum_of() { { pwd -P; cat "$@"; } | cksum; }

wait_for_others() { # in this folder; the lock ends with the script
    exec 9<scripts/setup
    if command -v flock >/dev/null && ! flock -n 9; then
        say "Waiting for another set-up in this folder"
        flock 9
    fi
}

install_package() { # a system package, as root where we may be; $2: why
    command -v apt-get >/dev/null ||
        fail "$2 Install the package that brings it, then run this again."
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        fail "$2 Run this, then the same again:

    sudo apt-get install $1
"
    fi
    say "Installing the system package $1"
    quietly $as_root apt-get update &&
        quietly $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends "$1" ||
        fail "could not install $1, see above."
}

pip_install() {
    # A `user = yes` in the user's own pip.conf is not meant for a virtual environment.
    PIP_USER=0 quietly .venv/bin/python -m pip install \
        --quiet --no-input --disable-pip-version-check --no-deps "$@" ||
        fail "pip could not install, see above. Running the same again starts over."
}
