#!/bin/sh
# Installs the Debian packages that the tests need, the npm packages of tests/browser and the Python packages of tests/s3, and says
# which. Never starts a service.
# Without root it only says what is missing: scenarios that need it are skipped, by name.
set -eu

PACKAGES="age knot knot-dnsutils unbound postfix swaks libnet-ssleay-perl libio-socket-ssl-perl libnet-dns-perl
libauthen-sasl-perl dovecot-imapd dovecot-lmtpd slapd ldap-utils isync msmtp python3 python3-dkim python3-nacl python3-dnspython
python3-cryptography python3-venv postgresql postgresql-client openssl zstd iproute2 util-linux strace libpython3.11-testsuite chromium nodejs
rsyslog-gnutls sqlite3"

missing=""
for package in $PACKAGES; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done

# Where Node comes without its package manager, Debian has that apart.
command -v npm >/dev/null 2>&1 || missing="$missing npm"

# What leads the browser: exactly the versions of the lock file, into its own folder.
lead_browser() {
  cd "$(dirname "$0")/browser"
  if cmp -s package-lock.json node_modules/.installed; then
    echo "setup: the npm packages of tests/browser are installed"
  elif command -v npm >/dev/null 2>&1; then
    echo "setup: installing the npm packages of tests/browser: playwright-core axe-core"
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
    cp package-lock.json node_modules/.installed
  else
    echo "setup: no npm, so the packages of tests/browser stay missing"
  fi
}

# The S3 server: exactly the versions of requirements.txt, into a folder of its own.
bring_bucket() {
  cd "$(dirname "$0")/s3"
  if cmp -s requirements.txt installed/.requirements; then
    echo "setup: the Python packages of tests/s3 are installed"
  elif /usr/bin/python3 -c 'import ensurepip' 2>/dev/null; then
    echo "setup: installing the Python packages of tests/s3: moto"
    rm -rf installed
    /usr/bin/python3 -m venv installed
    installed/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
    cp requirements.txt installed/.requirements
  else
    echo "setup: no python3-venv, so the packages of tests/s3 stay missing"
  fi
}

bring_others() {
  (lead_browser)
  (bring_bucket)
}

if [ -z "$missing" ]; then
  echo "setup: every Debian package the tests need is installed"
  bring_others
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup: not root, so these Debian packages stay missing:$missing"
  bring_others
  exit 0
fi
echo "setup: installing Debian packages:$missing"

# Servers are started by the scenarios, in namespaces of their own, and never by the package.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
fi
cleanup() { [ -z "$made_policy" ] || rm -f "$policy"; }
trap cleanup EXIT

export DEBIAN_FRONTEND=noninteractive
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get -o DPkg::Lock::Timeout=500 update -qq
# shellcheck disable=SC2086
apt-get -o DPkg::Lock::Timeout=500 -qq -y --no-install-recommends install $missing >/dev/null
bring_others
echo "setup: done"
