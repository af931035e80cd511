"""The manifests for Kubernetes: valid by its schemas, hardened, and with names that the code
knows.
"""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from judge.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
FILES = sorted(FOLDER.rglob("*.yaml"))
KUBERNETES = "1.33"
# Not of Kubernetes itself, and so without a schema there.
FOREIGN = ("kustomize.config.k8s.io", "keda.sh")


def documents() -> list[tuple[Path, Any]]:
    return [(path, YAML(typ="safe").load(path)) for path in FILES]


OWN = [(path, one) for path, one in documents() if not one["apiVersion"].startswith(FOREIGN)]
WITH_PODS = {"Deployment", "Job"}
PODS = [(path, one["spec"]["template"]["spec"]) for path, one in OWN if one["kind"] in WITH_PODS]
CONTAINERS = [
    pytest.param(pod, container, id=f"{path.parent.name}-{container['name']}")
    for path, pod in PODS
    for container in pod["containers"]
]


@pytest.mark.parametrize(("path", "document"), OWN, ids=lambda one: getattr(one, "name", ""))
def test_it_is_of_the_schema(path: Path, document: Any) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_may_do_little(pod: Any, container: Any) -> None:
    security = pod["securityContext"] | container["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 10000
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["seccompProfile"]["type"] in {"RuntimeDefault", "Localhost"}
    assert pod["automountServiceAccountToken"] is False
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert container["image"] in {"shousi-server", "shousi-runner"}


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_what_serves_is_probed(pod: Any, container: Any) -> None:
    if pod.get("restartPolicy") == "OnFailure":
        return  # a Job, which ends by itself
    assert "startupProbe" in container
    assert {"readinessProbe", "livenessProbe"} & set(container)


def test_the_runner_gets_no_secret_and_no_setting() -> None:
    (runner,) = (each for _, pod in PODS for each in pod["containers"] if each["name"] == "runner")
    assert {mount["name"] for mount in runner["volumeMounts"]} == {"jails"}
    assert not {"env", "envFrom"} & set(runner)


def test_settings_are_ones_that_there_are() -> None:
    named = {name for path in FILES for name in re.findall(r"SHOUSI_(\w+)", path.read_text())}
    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_no_service_sets_our_variables(pod: Any, container: Any) -> None:
    """Kubernetes would set NAME_PORT, NAME_SERVICE_HOST and others for each Service."""
    (service,) = (one["metadata"]["name"] for _, one in OWN if one["kind"] == "Service")
    assert f"{service.upper()}_PORT" == "SHOUSI_PORT"
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_the_home_is_made_by_who_uses_it(pod: Any, container: Any) -> None:
    """A volume's own folder belongs to root and can be read by all; see `judge.private_home`."""
    if "envFrom" not in container:
        return  # the runner, which has no home
    (settings,) = (one["data"] for _, one in OWN if one["kind"] == "ConfigMap")
    mounted = {Path(mount["mountPath"]) for mount in container["volumeMounts"]}
    home = Path(settings["SHOUSI_HOME"])
    assert home not in mounted
    assert home.parent in mounted


def test_every_resource_of_an_overlay_exists() -> None:
    for path, document in documents():
        for resource in document.get("resources", ()):
            assert (path.parent / resource).exists(), (path, resource)


def test_the_overlay_with_a_label_sets_the_label() -> None:
    overlay = YAML(typ="safe").load(FOLDER / "overlays" / "gpu" / "kustomization.yaml")
    operations = YAML(typ="safe").load(overlay["patches"][0]["patch"])
    (path,) = (one["path"] for one in operations if one["value"] == "gpu")
    (worker,) = (each for _, pod in PODS for each in pod["containers"] if each["name"] == "worker")
    assert path == "/spec/template/spec/containers/0/env/1/value"
    assert worker["env"][1]["name"] == "SHOUSI_WORKER_LABELS"


def test_workers_are_scaled_by_a_metric_that_there_is() -> None:
    scaled = YAML(typ="safe").load(FOLDER / "overlays" / "autoscaled" / "scaling.yaml")
    workers = {one["metadata"]["name"] for _, one in OWN if one["kind"] == "Deployment"}
    assert scaled["spec"]["scaleTargetRef"]["name"] in workers
    (trigger,) = scaled["spec"]["triggers"]
    metrics = (FOLDER.parents[1] / "api" / "service_metrics.py").read_text()
    (metric,) = re.findall(r"shousi_\w+", trigger["metadata"]["query"])
    assert f'"{metric}"' in metrics
