// Command judge answers for Helm's own packages, many questions to one process: what a chart loads to, which values its
// templates see, what a manifest's head says. Standard input: a JSON object a line; standard output: one for each.
// Bytes are base64, since JSON holds only UTF-8.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/ignore"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

type file struct {
	Name string
	Data []byte
}

type question struct {
	Ask   string
	Files []file
	Data  []byte
	// Values: the content of each -f file. Sets: the flag without its dashes, and its text. Side: files of --set-file.
	Values [][]byte
	Sets   [][2]string
	Side   map[string]string
}

type answer map[string]any

func main() {
	debug.SetMaxStack(64 << 20) // a cycle in values ends the process: soon, rather than after a gigabyte
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var q question
		var a answer
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			a = answer{"err": "question: " + err.Error()}
		} else {
			a = reply(q)
		}
		b, err := json.Marshal(a)
		if err != nil {
			b, _ = json.Marshal(answer{"err": "answer: " + err.Error()})
		}
		out.Write(b)
		out.WriteByte('\n')
	}
}

func reply(q question) (a answer) {
	var logged bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, at slog.Attr) slog.Attr {
			if at.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return at
		}})))
	defer func() {
		if p := recover(); p != nil {
			a = answer{"panic": fmt.Sprint(p)}
		}
		a["log"] = logged.Bytes()
	}()
	switch q.Ask {
	case "values":
		return values(q)
	case "heads":
		return heads(q)
	case "load":
		v, err := loader.LoadValues(bytes.NewReader(q.Data))
		return result(v, err)
	case "ignored":
		return ignored(q)
	case "chart":
		m := new(chart.Metadata)
		if err := yaml.Unmarshal(q.Data, m); err != nil {
			return result(nil, err)
		}
		return result(m, m.Validate())
	case "strict":
		m := new(chart.Metadata)
		return result(m, yaml.UnmarshalStrict(q.Data, m))
	}
	return answer{"err": "no such question"}
}

func result(v any, err error) answer {
	if err != nil {
		return answer{"err": []byte(err.Error())}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return answer{"err": []byte(err.Error())}
	}
	return answer{"out": b}
}

func heads(q question) answer {
	files := map[string]string{}
	for _, f := range q.Files {
		files[f.Name] = string(f.Data)
	}
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return result(nil, err)
	}
	type row struct {
		Hook    *release.Hook `json:",omitempty"`
		Name    string
		Content []byte
		Head    *releaseutil.SimpleHead `json:",omitempty"`
	}
	rows := []row{}
	for _, h := range hooks {
		c := *h
		c.Manifest = ""
		rows = append(rows, row{&c, h.Path, []byte(h.Manifest), nil})
	}
	for _, m := range manifests {
		rows = append(rows, row{nil, m.Name, []byte(m.Content), m.Head})
	}
	return result(rows, nil)
}

// info is a file, or a directory where its name ends in a slash.
type info string

func (i info) Name() string       { return string(i) }
func (i info) Size() int64        { return 0 }
func (i info) Mode() fs.FileMode  { return 0 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return strings.HasSuffix(string(i), "/") }
func (i info) Sys() any           { return nil }

// ignored: which of Files the .helmignore in Data leaves out.
func ignored(q question) answer {
	rules, err := ignore.Parse(bytes.NewReader(q.Data))
	if err != nil {
		return result(nil, err)
	}
	rules.AddDefaults()
	out := []string{}
	for _, f := range q.Files {
		if rules.Ignore(strings.TrimSuffix(f.Name, "/"), info(f.Name)) {
			out = append(out, f.Name)
		}
	}
	return result(out, nil)
}

func user(q question) (map[string]any, error) {
	base := map[string]any{}
	for i, raw := range q.Values {
		m, err := loader.LoadValues(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("failed to parse v%d.yaml: %w", i, err)
		}
		base = loader.MergeMaps(base, m)
	}
	for _, flag := range []string{"set-json", "set", "set-string", "set-file", "set-literal"} {
		for _, s := range q.Sets {
			if s[0] != flag {
				continue
			}
			var err error
			switch flag {
			case "set-json":
				if t := strings.TrimSpace(s[1]); t != "" && t[0] == '{' {
					var m map[string]any
					if err := json.Unmarshal([]byte(t), &m); err != nil {
						return nil, fmt.Errorf("failed parsing --set-json data JSON: %s", s[1])
					}
					base = loader.MergeMaps(base, m)
				} else if err := strvals.ParseJSON(s[1], base); err != nil {
					return nil, fmt.Errorf("failed parsing --set-json data %s", s[1])
				}
			case "set":
				err = strvals.ParseInto(s[1], base)
			case "set-string":
				err = strvals.ParseIntoString(s[1], base)
			case "set-file":
				err = strvals.ParseIntoFile(s[1], base, func(rs []rune) (any, error) {
					if t, ok := q.Side[string(rs)]; ok {
						return t, nil
					}
					return nil, fmt.Errorf("open %s: no such file or directory", string(rs))
				})
			case "set-literal":
				err = strvals.ParseLiteralInto(s[1], base)
			}
			if err != nil {
				return nil, fmt.Errorf("failed parsing --%s data: %w", flag, err)
			}
		}
	}
	return base, nil
}

func values(q question) answer {
	vals, err := user(q)
	if err != nil {
		return result(nil, err)
	}
	if len(q.Files) == 0 {
		return result(vals, nil)
	}
	var files []*archive.BufferedFile
	for _, f := range q.Files {
		files = append(files, &archive.BufferedFile{Name: f.Name, Data: f.Data})
	}
	c, err := loader.LoadFiles(files)
	if err != nil {
		return result(nil, err)
	}
	if err := chartutil.ProcessDependencies(c, vals); err != nil {
		return result(nil, fmt.Errorf("chart dependencies processing failed: %w", err))
	}
	caps := common.DefaultCapabilities
	options := common.ReleaseOptions{Name: "r", Namespace: "default", Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(c, vals, options, caps, false)
	if err != nil {
		return result(nil, err)
	}
	out, err := engine.Render(c, top)
	if err != nil {
		return result(nil, err)
	}
	return result(out, nil)
}
