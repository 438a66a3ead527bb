#!/bin/sh
# Installs the Debian packages that the scenarios need, and the npm packages of tests/browser, and says which. Never starts a service.
# Without root it only says what is missing: scenarios that need it are skipped, by name.
set -eu

PACKAGES="age knot knot-dnsutils unbound postfix swaks libnet-ssleay-perl libio-socket-ssl-perl libnet-dns-perl
libauthen-sasl-perl dovecot-imapd dovecot-lmtpd slapd ldap-utils isync msmtp python3 python3-dkim python3-nacl python3-dnspython
python3-cryptography openssl zstd iproute2 util-linux strace libpython3.11-testsuite chromium nodejs"

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

if [ -z "$missing" ]; then
  echo "setup: every Debian package the scenarios need is installed"
  lead_browser
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup: not root, so these Debian packages stay missing:$missing"
  lead_browser
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
lead_browser
echo "setup: done"
