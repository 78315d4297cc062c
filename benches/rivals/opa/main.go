// Evaluates rules over inputs with the OPA library, in this process, and prints how long it took.
//
//	opa-rounds MODULES.json DATA.json RULES.json INPUTS.json ROUNDS
//
// MODULES.json lists `{"name", "text", "v1"}`; RULES.json lists rules as `data.a.deny`; INPUTS.json
// lists the inputs. Policies are compiled,
// the query is prepared and inputs are converted before the clock starts. One line of JSON comes
// out: the processor's nanoseconds in each round, and how many results there were.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

func read(path string, into any) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// processorTime is how long this process has run, in nanoseconds.
func processorTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

type module struct {
	Name string `json:"name"`
	Text string `json:"text"`
	V1   bool   `json:"v1"`
}

func main() {
	runtime.GOMAXPROCS(1)
	var modules []module
	var data map[string]any
	var rules []string
	var raw []any
	read(os.Args[1], &modules)
	read(os.Args[2], &data)
	read(os.Args[3], &rules)
	read(os.Args[4], &raw)
	rounds, err := strconv.Atoi(os.Args[5])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	options := []func(*rego.Rego){
		rego.Query("x := [" + strings.Join(rules, ", ") + "]"),
		rego.Store(inmem.NewFromObject(data)),
	}
	for _, one := range modules {
		version := ast.RegoV0
		if one.V1 {
			version = ast.RegoV1
		}
		parsed, err := ast.ParseModuleWithOpts(one.Name, one.Text, ast.ParserOptions{RegoVersion: version})
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, rego.ParsedModule(parsed))
	}
	query, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		log.Fatal(err)
	}
	inputs := make([]ast.Value, len(raw))
	for i, one := range raw {
		inputs[i] = ast.MustInterfaceToValue(one)
	}
	times := make([]int64, 0, rounds)
	results := 0
	for round := 0; round < rounds; round++ {
		results = 0
		start := processorTime()
		for _, input := range inputs {
			set, err := query.Eval(ctx, rego.EvalParsedInput(input))
			if err != nil {
				log.Fatal(err)
			}
			for _, row := range set {
				for _, found := range row.Bindings["x"].([]any) {
					results += len(found.([]any))
				}
			}
		}
		times = append(times, processorTime()-start)
	}
	out, _ := json.Marshal(map[string]any{"rounds_ns": times, "results": results})
	fmt.Println(string(out))
}
