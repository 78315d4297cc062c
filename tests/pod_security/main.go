// Reads manifests as strictly as an API server does, and judges pods by the restricted level of Pod
// Security, with Kubernetes' own code. Says what is wrong, a line each.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	disruption "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		admissionregistration.AddToScheme, apps.AddToScheme, autoscaling.AddToScheme,
		core.AddToScheme, networking.AddToScheme, disruption.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		panic(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	options := json.SerializerOptions{Yaml: true, Strict: true}
	reader := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, options)
	documents := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	pods := 0
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			panic(err)
		}
		object, kind, err := reader.Decode(document, nil, nil)
		if err != nil {
			fmt.Println(kind, err)
			continue
		}
		deployment, is := object.(*apps.Deployment)
		if !is {
			continue
		}
		pods++
		template := deployment.Spec.Template
		for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
			if !result.Allowed {
				fmt.Println(deployment.Name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
	}
	if pods != 1 {
		fmt.Println(pods, "pods were judged")
	}
}
