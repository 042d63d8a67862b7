{{ define "ledger.name" }}{{ printf "%s-%s" .Release.Name "ledger" | trunc 63 | trimSuffix "-" }}{{ end }}
