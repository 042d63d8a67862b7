"""Command lines that Helm and charthouse are given in turn. @HOME: the home directory; @HOST: a server's address."""

from __future__ import annotations

__all__ = ["MANAGED", "OCI", "RUN", "SIGNED", "SUITE"]

RUN = """
plugin list
plugin list --type cli/v1
plugin list --type getter/v1
plugin list --type nope/v1
echoer
echoer a 'b c' --flag -x --debug --namespace=q -n r --kube-context c last
--debug echoer a
-n before echoer a
echoer --help
echoer --namespace
echoer --kube-insecure-skip-tls-verify true x
CODE=7 echoer
quiet a b --namespace n
missing
unstarted
noexec
nocommand
killed
back
new a --flag
nope
echo
HELM_NO_PLUGINS=1 echoer
HELM_PLUGINS=@HOME/none echoer
HELM_PLUGINS=@HOME/none:@HOME/plugins new
HELM_PLUGINS=@HOME/plugins:@HOME/plugins echoer
__complete echo
__complete echw ''
__complete echw o
__complete echw one ''
__complete echw one r
__complete echw one --l
__complete echw two ''
__complete echw two three ''
__complete echw two three -n q x --flag y
__complete echw --to
__complete new ''
__complete new x
__complete quiet ''
__completeNoDesc echoer two three ''
__complete plugin uninstall ''
__complete plugin update echoer ''
template r chart -f foo://host/values
template r chart -f bar://host/values --set-file b=foo://host/x
template r chart -f foo://host/fail
template r chart -f baz://user:secret@host/values
template r chart -f none://x
lint chart -f foo://host/values
show chart serve://any/apple-1.0.0.tgz
pull serve://any/pear-0.2.0.tgz
pull foo://any/pear-0.2.0.tgz
repo add served serve://any
repo list
search repo apple
pull served/apple --version 0.1.0
template r served/apple
pull pear --repo serve://any
template r pear --repo serve://any --version 0.2.0
repo update
template r chart --post-renderer failing
template r chart --post-renderer empty
template r chart --post-renderer broken
template r chart --post-renderer nope
template r chart --post-renderer new
template r chart --post-renderer same --post-renderer same
template r chart --post-renderer ''
template r chart --post-renderer-args x
template r chart --post-renderer same
template r chart --post-renderer upper --post-renderer-args one --post-renderer-args two
template r chart --post-renderer-args one --post-renderer upper --post-renderer-args two
template r chart --post-renderer adding
template r chart --post-renderer adding --show-only templates/c.yaml
template r chart --post-renderer same --no-hooks
"""

MANAGED = """
plugin install
plugin install nope
plugin install nope --verify=false
plugin install @HOME/empty
plugin install @HOME/file
plugin install git@nowhere
plugin install @HOME/plugins/echoer
plugin install @HOME/plugins/echoer
plugin install --verify=false @HOME/plugins/new
plugin list
echoer a
plugin update echoer nope
plugin update
plugin uninstall
plugin uninstall nope
plugin uninstall echoer nope new
plugin list
plugin package @HOME/plugins/nope
plugin package @HOME/file
plugin package @HOME/empty --sign=false
plugin package @HOME/plugins/echoer --sign=false
plugin package @HOME/plugins/get --sign=false -d out/below
plugin package @HOME/plugins/wasm --sign=false
plugin package @HOME/plugins/echoer --keyring @HOME/nokeys
plugin verify nope
plugin verify echoer-0.1.0.tgz
plugin verify @HOME/file
plugin verify @HOME/plugins
plugin install echoer-0.1.0.tgz
plugin install echoer-0.1.0.tgz --verify=false
plugin install echoer-0.1.0.tgz --verify=false
plugin list
echoer a
plugin uninstall echoer
plugin install @HOST/packed/echoer-0.1.0.tgz
plugin install @HOST/packed/echoer-0.1.0.tgz --verify=false
plugin list
plugin uninstall echoer
plugin install @HOST/packed/none-0.1.0.tgz --verify=false
plugin install @HOST/packed/odd.tgz --verify=false
plugin install @HOST/packed/escape-1.0.0.tgz --verify=false
plugin install @HOST/packed/link-1.0.0.tgz --verify=false
plugin install @HOST/packed/flat-1.0.0.tgz --verify=false
plugin install @HOST/packed/bare-1.0.0.tgz --verify=false
plugin install @HOME/packed/escape-1.0.0.tgz --verify=false
plugin install @HOME/packed/wrong-1.0.0.tgz --verify=false
plugin list
plugin install file://@HOME/repository.git
plugin install file://@HOME/repository --verify=false
plugin list
versioned
plugin update versioned
plugin update repository
plugin uninstall versioned
plugin install file://@HOME/repository --verify=false --version ^1.0.0
versioned
plugin uninstall versioned
plugin install file://@HOME/repository --verify=false --version 9
plugin install file://@HOME/repository --verify=false --version v1.0.0
versioned
"""

SIGNED = """
plugin package @HOME/plugins/echoer --key Nobody --keyring @HOME/secring.gpg
plugin package @HOME/plugins/echoer --keyring @HOME/secring.gpg
plugin package @HOME/plugins/echoer --key Ada --keyring @HOME/secring.gpg
plugin package @HOME/plugins/echoer --key Bob --keyring @HOME/secring.gpg --passphrase-file @HOME/none
plugin package @HOME/plugins/echoer --key Bob --keyring @HOME/secring.gpg --passphrase-file -
plugin package @HOME/plugins/echoer --key Bob --keyring @HOME/secring.gpg --passphrase-file @HOME/passphrase
plugin verify echoer-0.1.0.tgz --keyring @HOME/pubring.gpg
plugin package @HOME/plugins/echoer --key Ada --keyring @HOME/secring.gpg
plugin verify echoer-0.1.0.tgz --keyring @HOME/pubring.gpg
plugin verify echoer-0.1.0.tgz --keyring @HOME/nokeys
plugin install echoer-0.1.0.tgz --keyring @HOME/pubring.gpg
plugin list
plugin uninstall echoer
"""

OCI = """
plugin install oci://@HOST/plugins/echoer:0.1.0 --plain-http
plugin install oci://@HOST/plugins/echoer:0.1.0 --plain-http --verify=false
plugin install oci://@HOST/plugins/echoer:0.1.0 --plain-http --verify=false
plugin list
echoer a
plugin uninstall echoer
plugin install oci://@HOST/plugins/old:1 --plain-http --verify=false
plugin install oci://@HOST/plugins/chart:1 --plain-http --verify=false
plugin install oci://@HOST/plugins/other:1 --plain-http --verify=false
plugin install oci://@HOST/plugins/none:1 --plain-http --verify=false
plugin install oci://bad --verify=false
plugin install oci://@HOST/plugins/echoer:0.1.0 --plain-http --keyring @HOME/none
"""

SUITE = """suite: config
templates: [c.yaml]
tests:
- it: is a ConfigMap
  set: {a: 2}
  asserts:
  - isKind: {of: ConfigMap}
  - equal: {path: data.a, value: '{"a":2}'}
- it: fails
  asserts:
  - equal: {path: metadata.name, value: new}
"""
