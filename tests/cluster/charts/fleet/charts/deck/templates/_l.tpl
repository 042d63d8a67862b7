{{- define "deck.labels" -}}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
sea: {{ .Values.global.sea }}
{{- end -}}
