// judge2: Helm 2.17.0's engine in one process. One JSON object a line in, one a line out:
//
//	{"path": CHART, "values": YAML, "upgrade": BOOL}
//	{"files": {PATH: TEXT}, "err": TEXT}
//	{"original": OBJECT, "modified": OBJECT}
//	{"patch": OBJECT, "type": MEDIA TYPE, "err": TEXT}
//	{"kinds": true}
//	{"kinds": ["GROUP/VERSION/KIND"]}
//
// files is every rendered template that is no partial, notes too, as `helm template` 2.17.0 renders them, at a fixed time.
// values is the text of `Config.raw`. A patch is what an upgrade sends for an object of the last and of the new manifest; kinds
// are those it is a strategic merge patch for.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sort"

	jsonpatch "github.com/evanphx/json-patch"
	"github.com/golang/protobuf/ptypes/timestamp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/helm/pkg/chartutil"
	"k8s.io/helm/pkg/proto/hapi/chart"
	"k8s.io/helm/pkg/renderutil"
)

type question struct {
	Path    string `json:"path"`
	Values  string `json:"values"`
	Upgrade bool   `json:"upgrade"`

	Original json.RawMessage `json:"original"`
	Modified json.RawMessage `json:"modified"`
	Kinds    bool            `json:"kinds"`
}

type answer struct {
	Files map[string]string `json:"files"`
	Err   string            `json:"err"`
	Patch json.RawMessage   `json:"patch,omitempty"`
	Type  types.PatchType   `json:"type,omitempty"`
	Kinds []string          `json:"kinds,omitempty"`
}

func kinds() answer {
	var found []string
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version != runtime.APIVersionInternal {
			found = append(found, gvk.GroupVersion().String()+"/"+gvk.Kind)
		}
	}
	sort.Strings(found)
	return answer{Kinds: found}
}

func patch(q question) answer {
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal(q.Modified, object); err != nil {
		return answer{Err: err.Error()}
	}
	typed, err := scheme.Scheme.ConvertToVersion(object, object.GroupVersionKind().GroupVersion())
	if runtime.IsNotRegisteredError(err) {
		made, err := jsonpatch.CreateMergePatch(q.Original, q.Modified)
		if err != nil {
			return answer{Err: err.Error()}
		}
		return answer{Patch: made, Type: types.MergePatchType}
	}
	if err != nil {
		return answer{Err: err.Error()}
	}
	made, err := strategicpatch.CreateTwoWayMergePatch(q.Original, q.Modified, typed)
	if err != nil {
		return answer{Err: err.Error()}
	}
	return answer{Patch: made, Type: types.StrategicMergePatchType}
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
		switch {
		case q.Kinds:
			out.Encode(kinds())
		case len(q.Modified) > 0:
			out.Encode(patch(q))
		default:
			out.Encode(render(q))
		}
	}
}
