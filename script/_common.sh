# What the scripts share: this machine's packages and the Python environment. Sourced, from the
# project's folder. Everything that is done already is skipped.
# shellcheck shell=sh

PROJECT=$(pwd -P)

say() { echo "$*" >&2; }

# Stop, naming what a person has to install.
give_up() {
    say "$1"
    say "Install by hand, then run this again: $2"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

has_apt() { command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }; }
has_brew() { command -v brew >/dev/null; }

apt_install() {
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes \
        -o Dpkg::Use-Pty=0 -o Acquire::http::Timeout=60 --no-install-recommends "$@" >/dev/null
}

apt_refresh() { as_root apt-get update --quiet --quiet >/dev/null; }

# --- PostgreSQL 15 or newer, with PostGIS ---

has_postgis() {
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        "$(pg_config --bindir 2>/dev/null || true)"; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] || continue
        major=$("$folder/postgres" --version | sed 's/.*(PostgreSQL) \([0-9]*\).*/\1/')
        libraries=$("$folder/pg_config" --pkglibdir 2>/dev/null || echo "$folder/../lib")
        if [ "$major" -ge 15 ] && ls "$libraries"/postgis-3.* >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

# Debian would start a cluster of its own at once; ours is another, so it is told not to.
no_main_cluster() {
    conf=/etc/postgresql-common/createcluster.conf
    if ! grep -q '^create_main_cluster' "$conf" 2>/dev/null; then
        echo 'create_main_cluster = false' | as_root tee -a "$conf" >/dev/null
    fi
}

prepare_postgis() {
    has_postgis && return 0
    if has_apt; then
        apt_refresh
        major=$(apt-cache pkgnames postgresql- | sed -n 's/^postgresql-\([0-9]*\)-postgis-3$/\1/p' |
            sort -n | tail -n 1)
        [ "${major:-0}" -ge 15 ] || give_up "This system's PostgreSQL is older than 15." \
            "postgresql-17 postgresql-17-postgis-3 from apt.postgresql.org"
        if [ ! -e "/usr/lib/postgresql/$major/bin/postgres" ]; then
            apt_install postgresql-common
            no_main_cluster
        fi
        apt_install "postgresql-$major" "postgresql-$major-postgis-3"
    elif has_brew; then
        brew install postgresql@17 postgis >&2
    fi
    has_postgis || give_up "PostgreSQL 15 or newer with PostGIS was not found." \
        "postgresql-15 postgresql-15-postgis-3 (Debian), postgresql@17 postgis (brew)"
}

# --- Python 3.11 or newer, and .venv ---

# Print the first Python that will do. The system's own come first: others can run them too.
find_python() {
    for python in /usr/bin/python3.11 /usr/bin/python3.12 /usr/bin/python3.13 /usr/bin/python3 \
        python3.11 python3.12 python3.13 python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            command -v "$python"
            return 0
        fi
    done
    return 1
}

prepare_interpreter() {
    find_python >/dev/null && return 0
    if has_apt; then
        apt_refresh
        apt_install python3 python3-venv
    elif has_brew; then
        brew install python@3.12 >&2
    fi
    find_python >/dev/null || give_up "Python 3.11 or newer with venv was not found." \
        "python3 python3-venv (Debian), python@3.12 (brew)"
}

# --- Pango, which sets the text of PDF files (WeasyPrint loads it) ---

has_pango() {
    { PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1\.0\.so\.0'; } ||
        ls /opt/homebrew/lib/libpangoft2-1.0.dylib /usr/local/lib/libpangoft2-1.0.dylib \
            >/dev/null 2>&1
}

prepare_pango() {
    has_pango && return 0
    if has_apt; then
        apt_refresh
        apt_install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    elif has_brew; then
        brew install pango >&2
    fi
    has_pango || give_up "Pango was not found; bulletins as PDF need it." \
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (Debian), pango (brew)"
}

# Ready if it runs, and was made in this very folder: an environment cannot be moved.
venv_is_ready() {
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null &&
        grep -qF "$PROJECT/.venv" .venv/bin/activate
}

stamp_of() { cat "requirements/$1.txt" pyproject.toml | cksum; }

is_installed() { [ "$(stamp_of "$1")" = "$(cat ".venv/.geosites-$1" 2>/dev/null)" ]; }

# prepare_python run|docs|dev|bench: each holds the one before it.
prepare_python() {
    prepare_pango
    if venv_is_ready; then
        is_installed "$1" && return 0
    else
        prepare_interpreter
        say "making .venv"
        rm -rf .venv
        "$(find_python)" -m venv .venv
    fi
    say "installing requirements/$1.txt"
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes --requirement "requirements/$1.txt"
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --no-build-isolation --no-deps --editable .
    # The service may not write beside its code, so every start would compile all of it again.
    .venv/bin/python -m compileall -q src
    for level in run docs dev bench; do
        stamp_of "$level" >".venv/.geosites-$level"
        [ "$level" != "$1" ] || break
    done
}

# --- A browser for the tests ---

has_chromium() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then
            return 0
        fi
    done
    return 1
}

prepare_chromium() {
    has_chromium && return 0
    if has_apt && grep -q '^ID=debian' /etc/os-release; then
        apt_refresh
        apt_install chromium
    else
        with_deps=
        [ "$(id -u)" -ne 0 ] || with_deps=--with-deps
        .venv/bin/python -m playwright install $with_deps chromium >&2 ||
            give_up "No browser for the tests was found." "chromium"
    fi
}

# --- Firefox and WebKitGTK, in which the report form is tried too; on Debian only ---

has_engines() {
    { command -v firefox-esr || command -v firefox; } >/dev/null &&
        command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null &&
        ls /usr/lib/*/webkit2gtk-4.*/MiniBrowser >/dev/null 2>&1
}

prepare_engines() {
    has_engines && return 0
    if has_apt && grep -q '^ID=debian' /etc/os-release; then
        apt_refresh
        apt_install firefox-esr webkit2gtk-driver xvfb
        has_engines || give_up "Firefox or WebKitGTK was not found." "firefox-esr webkit2gtk-driver xvfb"
    else
        say "the report form is tried in those of Firefox and WebKitGTK that are there"
    fi
}

# --- buildah, and a base for the image of the service ---

prepare_buildah() {
    command -v buildah >/dev/null && command -v debootstrap >/dev/null && return 0
    if has_apt; then
        apt_refresh
        apt_install buildah debootstrap
    fi
    command -v buildah >/dev/null || give_up "buildah was not found." "buildah debootstrap"
}

# --- nginx, as the proxy of an operator ---

prepare_nginx() {
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] && return 0
    if has_apt; then
        apt_refresh
        apt_install nginx-light
    elif has_brew; then
        brew install nginx >&2
    fi
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || give_up "nginx was not found." "nginx"
}

# --- An identity provider for the tests: npm's oidc-provider, in .venv/oidc ---

has_node() { command -v node >/dev/null && command -v npm >/dev/null; }

prepare_oidc() {
    kept=.venv/oidc
    if cmp -s tests/oidc/pinned.json $kept/package-lock.json && [ -d $kept/node_modules ] && has_node; then
        return 0
    fi
    if ! has_node; then
        if has_apt; then
            apt_refresh
            apt_install nodejs npm
        elif has_brew; then
            brew install node >&2
        fi
    fi
    has_node || give_up "Node with npm was not found; the tests sign in by a provider of its." "nodejs npm"
    say "installing the identity provider of the tests"
    mkdir -p $kept
    cp tests/oidc/package.json $kept/
    cp tests/oidc/pinned.json $kept/package-lock.json
    npm ci --prefix $kept --no-audit --no-fund --loglevel=error >/dev/null
}
