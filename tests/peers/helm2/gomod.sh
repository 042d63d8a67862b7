#!/bin/bash
# gomod.sh: writes go.mod and tools.go for Helm 2.17.0 (client and Tiller) into the current folder. Helm 2 pinned its
# dependencies with glide, before modules; the pins here are those it needs to compile with today's Go.
set -e
printf '//go:build tools\n\npackage main\n\nimport (\n\t_ "k8s.io/helm/cmd/helm"\n\t_ "k8s.io/helm/cmd/tiller"\n)\n' > tools.go
{
  cat <<'M'
module helm2

go 1.20

require (
	k8s.io/helm v2.17.0+incompatible
	k8s.io/kubernetes v1.16.15
	google.golang.org/grpc v1.18.0
	github.com/golang/protobuf v1.3.2
	github.com/Masterminds/sprig v2.22.0+incompatible
	github.com/Masterminds/semver v1.5.0
	github.com/spf13/cobra v0.0.5
	github.com/evanphx/json-patch v4.5.0+incompatible
	github.com/prometheus/client_golang v0.9.2
	github.com/huandu/xstrings v1.2.0
	github.com/imdario/mergo v0.3.5
	github.com/asaskevich/govalidator v0.0.0-20200108200545-475eaeb16496
	github.com/rubenv/sql-migrate v0.0.0-20200212082348-64f95ea68aa3
	github.com/docker/docker v0.7.3-0.20190327010347-be7ac8be2ae0
	github.com/BurntSushi/toml v0.3.1
)

replace (
	github.com/technosophos/moniker => ./moniker
	vbom.ml/util => github.com/fvbommel/util v0.0.0-20180919145318-efcd4e0f9787
	github.com/modern-go/reflect2 => github.com/modern-go/reflect2 v1.0.2
	github.com/json-iterator/go => github.com/json-iterator/go v1.1.12
	golang.org/x/sys => golang.org/x/sys v0.1.0
	golang.org/x/net => golang.org/x/net v0.0.0-20200202094626-16171245cfb2
	google.golang.org/grpc => google.golang.org/grpc v1.18.0
M
  for s in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap \
    code-generator component-base cri-api csi-translation-lib kube-aggregator kube-controller-manager kube-proxy \
    kube-scheduler kubectl kubelet legacy-cloud-providers metrics node-api sample-apiserver sample-cli-plugin \
    sample-controller; do
    echo "	k8s.io/$s => k8s.io/$s v0.16.15"
  done
  echo ")"
} > go.mod
