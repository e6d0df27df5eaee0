#!/usr/bin/env bash
# Builds the image from nothing, runs it with no rights and no network, and looks at what it does: `make container`.
#
# Needs root and Debian, no container engine. What is given to it goes to the build, such as
#   deploy/container.sh --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
# WORK=folder keeps the base image and the layers for the next time. PYTHON names the Python of the tests' environment.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-.venv/bin/python}
official=docker.io/library/python:3.11-slim
stand_in=localhost/python-from-debian:3.11
image=localhost/attention-lab
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
work=$(realpath "$work")
visitor=

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { echo "$*" >&2; exit 1; }

store=(--root "$work/store" --runroot "$work/run" --storage-driver overlay)
podman() { command podman "${store[@]}" --log-level fatal --cgroup-manager cgroupfs --runtime runc "$@"; }

clean_up() {
    if [ -n "$visitor" ]; then kill "$visitor" 2>/dev/null || true; fi
    if type -P podman >/dev/null; then podman rm --force --all --time 0 >/dev/null || true; fi
    if [ -z "${WORK:-}" ]; then
        { findmnt --raw --noheadings --output TARGET | grep "^$work/" | sort --reverse | xargs --no-run-if-empty umount; } || true
        rm -rf --one-file-system "$work"
    fi
}
trap clean_up EXIT

tools() {
    local missing=() name
    for name in buildah podman runc debootstrap; do type -P $name >/dev/null || missing+=("$name"); done
    if [ ${#missing[@]} -gt 0 ]; then
        say "installing ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
}

# Sets base: the official image, or where no registry answers a Debian with Python that can be built on in the same way.
base_image() {
    if podman pull --quiet $official >/dev/null 2>&1; then
        base=$(podman image inspect --format '{{index .RepoDigests 0}}' $official)
        say "base image: $base"
        return
    fi
    base=$stand_in
    if ! podman image exists $base; then
        say "$official cannot be pulled: making a stand-in of Debian 12, whose Python is 3.11 too"
        local rootfs=$work/rootfs mirror
        # shellcheck disable=SC2016
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Codename: bookworm' 'Created-By: Packages' | head -1)
        rm -rf "$rootfs"
        debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,python3-pip bookworm "$rootfs" \
            "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || fail "$(tail "$work/debootstrap.log")"
        ln -s /usr/bin/python3.11 "$rootfs/usr/local/bin/python"
        rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/*
        tar -C "$rootfs" --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' -c . |
            podman import --quiet --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' - $base >/dev/null
        rm -rf "$rootfs"
    fi
    say "base image: a stand-in, not $official"
}

# The files that pip's configuration here consists of and names, for pip in the build: certificates, folders of wheels.
pip_files() {
    {
        "$python" -m pip config debug | sed -n 's/^ *\(.*\), exists: True$/\1/p'
        "$python" -m pip config list | sed -n "s/^[^=]*='\(.*\)'$/\1/p" | tr ' ' '\n'
    } | sort -u | while read -r path; do
        case $path in /*) if [ -e "$path" ]; then echo "--volume=$path:$path:ro"; fi ;; esac
    done
}

megabytes() { echo $(($(podman image inspect --format '{{.Size}}' "$1") / 1000000)); }

build() {
    local volumes
    mapfile -t volumes < <(pip_files)
    say "building"
    buildah "${store[@]}" bud --isolation chroot --layers --format docker --build-arg "BASE=$base" "${volumes[@]}" "$@" \
        --tag $image . >"$work/build.log" 2>&1 || fail "$(tail -n 30 "$work/build.log")"
    say "image: $(megabytes $image) MB, of which the base image $(megabytes "$base") MB"
}

look_at_image() {
    local user
    user=$(podman image inspect --format '{{.Config.User}}' $image)
    [ "$user" = 10001:10001 ] || fail "The image's user must be a number without rights, got '$user'."
    local label
    for label in title description base.name; do
        [ -n "$(podman image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$label\"}}" $image)" ] ||
            fail "The image must have the label org.opencontainers.image.$label, got none."
    done
}

# start NETWORK [VARIABLE=value …]: a container without rights, as deploy/compose.yaml runs it; returns when it is ready.
start() {
    local network=$1 variables=() variable began=$SECONDS
    shift
    for variable in "$@"; do variables+=(--env "$variable"); done
    podman run --detach --name lab --network "$network" --read-only --read-only-tmpfs=false --tmpfs /tmp:size=256m,mode=1777 \
        --cap-drop all --security-opt no-new-privileges --memory 4g --memory-swap 4g --pids-limit 512 \
        --ulimit nofile=20000:20000 --ulimit nproc=10000:10000 "${variables[@]}" $image >/dev/null
    until is_ready; do
        [ "$(podman inspect --format '{{.State.Running}}' lab)" = true ] || fail "The lab must run, got: $(podman logs lab 2>&1 | tail)"
        ! podman logs lab 2>&1 | grep '"event": "not ready"' || fail "The lab must be ready, and says that it is not."
        [ $((SECONDS - began)) -lt 300 ] || fail "The lab must be ready within 300 s, got: $(podman logs lab 2>&1 | tail)"
        sleep 1
    done
    say "ready after $((SECONDS - began)) s, network: $network"
}

# Asked from inside, so that it can be asked without a network, too.
is_ready() {
    podman exec lab python -c 'import os, urllib.request as web
web.urlopen("http://127.0.0.1:" + os.environ["STREAMLIT_SERVER_PORT"] + "/readyz", timeout=10)' 2>/dev/null
}

healthcheck() {
    podman healthcheck run lab >/dev/null || fail "HEALTHCHECK must pass, got: $(podman exec lab python app/healthcheck.py)"
    say "HEALTHCHECK passes"
}

no_error_in_log() {
    local errors
    errors=$(podman logs lab 2>&1 | grep -E '"level": "(error|critical)"|Traceback|Read-only file system' || true)
    [ -z "$errors" ] || fail "The log must hold no error, got: $errors"
}

without_network() {
    start none
    podman exec --interactive lab python - <deploy/inside.py
    healthcheck
    no_error_in_log
    podman rm --force --time 0 lab >/dev/null
}

memory() { podman exec lab sh -c "cat /sys/fs/cgroup/$1 2>/dev/null || cat /sys/fs/cgroup/memory/$2"; }

in_a_browser() {
    local port
    port=$("$python" -c 'from tests.browser import free_port; print(free_port())')
    start host STREAMLIT_SERVER_ADDRESS=127.0.0.1 "STREAMLIT_SERVER_PORT=$port"
    CONTAINER_ADDRESS=http://127.0.0.1:$port "$python" -m pytest --numprocesses=0 tests/container
    healthcheck
    say "memory at most: $(($(memory memory.peak memory.max_usage_in_bytes) / 1000000)) MB, with 4 GiB allowed"
    if memory memory.events memory.oom_control | grep -qE '^oom_kill [1-9]'; then fail "Nothing must be killed for memory, and was."; fi
    no_error_in_log

    # A visitor is there, whose connection is open.
    exec 3< <(exec "$python" -c 'import contextlib, sys
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
with connect(sys.argv[1], subprotocols=["streamlit"]) as session, contextlib.suppress(ConnectionClosed):
    print("here", flush=True)
    while True: session.recv()' "ws://127.0.0.1:$port/_stcore/stream")
    visitor=$!
    read -r <&3
    local began milliseconds
    began=$(date +%s%3N)
    podman kill --signal TERM lab >/dev/null
    while [ "$(podman inspect --format '{{.State.Running}}' lab)" = true ]; do
        [ $(($(date +%s%3N) - began)) -lt 10000 ] || fail "SIGTERM must end it in under 10 s, and did not."
        sleep 0.1
    done
    milliseconds=$(($(date +%s%3N) - began))
    say "SIGTERM ended it in $milliseconds ms, exit status $(podman inspect --format '{{.State.ExitCode}}' lab)"
}

[ "$(id -u)" = 0 ] || fail "This needs root, got user $(id -un). Run it with sudo."
tools
if [ -x "$(dirname "$python")/hadolint" ]; then "$(dirname "$python")/hadolint" --failure-threshold style Dockerfile && say "hadolint is clean"; fi
base_image
build "$@"
look_at_image
without_network
in_a_browser
say "all is well"
