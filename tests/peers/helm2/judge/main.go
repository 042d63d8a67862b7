// judge2: Helm 2.17.0's engine in one process. One JSON object a line in, one a line out:
//
//	{"path": CHART, "values": YAML, "upgrade": BOOL}
//	{"files": {PATH: TEXT}, "err": TEXT}
//
// files is every rendered template that is no partial, notes too, as `helm template` 2.17.0 renders them, at a fixed time.
// values is the text of `Config.raw`.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/golang/protobuf/ptypes/timestamp"
	"k8s.io/helm/pkg/chartutil"
	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/renderutil"
)

type question struct {
	Path    string `json:"path"`
	Values  string `json:"values"`
	Upgrade bool   `json:"upgrade"`
}

type answer struct {
	Files map[string]string `json:"files"`
	Err   string            `json:"err"`
}

func render(q question) answer {
	c, err := chartutil.Load(q.Path)
	if err != nil {
		return answer{Err: err.Error()}
	}
	files, err := renderutil.Render(c, &chart.Config{Raw: q.Values}, renderutil.Options{
		ReleaseOptions: chartutil.ReleaseOptions{
			Name:      "release-name",
			Namespace: "default",
			IsInstall: !q.Upgrade,
			IsUpgrade: q.Upgrade,
			Time:      &timestamp.Timestamp{Seconds: 1500000000, Nanos: 123456789},
		},
		KubeVersion: "1.14",
	})
	if err != nil {
		return answer{Err: err.Error()}
	}
	return answer{Files: files}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			out.Encode(answer{Err: "bad question: " + err.Error()})
			continue
		}
		out.Encode(render(q))
	}
}
