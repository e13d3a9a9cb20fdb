"""docker-compose.yml says what SECURITY.md promises, and names only settings that exist."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import ServiceSettings

REPOSITORY = Path(__file__).parents[3]
COMPOSE_TEXT = (REPOSITORY / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE_TEXT)["services"]
NETWORKS: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE_TEXT)["networks"]
OVERRIDE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.gpu.yml").read_text())
VLLM_TEXT = (REPOSITORY / "docker-compose.vllm.yml").read_text()
VLLM: dict[str, Any] = yaml.safe_load(VLLM_TEXT)
DOCKERFILE = (REPOSITORY / "deploy/Dockerfile").read_text()
USERS = (REPOSITORY / "deploy/redis/users.acl").read_text()
EXAMPLE = dict(
    line.split("=", 1) for line in (REPOSITORY / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line)
)
INTERPOLATED = re.compile(r"\$\{([A-Z_]+)([^}]*)\}")

SERVERS = [name for name in SERVICES if name != "trainer"]  # the trainer is a command that ends
CLIENTS = [name for name in SERVERS if name != "redis"]

every_service = pytest.mark.parametrize("name", SERVICES)
every_server = pytest.mark.parametrize("name", SERVERS)
every_client = pytest.mark.parametrize("name", CLIENTS)


def stages() -> dict[str, str]:
    """Stage name -> its instructions, those of its parent stage first."""
    found: dict[str, str] = {}
    for block in re.split(r"(?m)^(?=FROM )", DOCKERFILE)[1:]:
        parent, name = re.match(r"FROM (\S+) AS (\S+)", block).groups()  # type: ignore[union-attr]
        found[name] = found.get(parent, "") + block
    return found


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{service}.settings")
    return getattr(module, f"{service.capitalize()}Settings")  # type: ignore[no-any-return]


def is_secret(variable: str) -> bool:
    return variable.endswith(("_PASSWORD", "_ADMIN_KEY", "_SECRET"))


@every_service
def test_no_service_runs_as_root(name: str) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", SERVICES[name]["user"])
    last_user = re.findall(r"(?m)^USER (\S+)", stages()[SERVICES[name]["build"]["target"]])[-1]
    assert last_user == SERVICES[name]["user"]


@every_service
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert "cap_add" not in service
    assert "docker.sock" not in str(service)


@every_server
def test_every_server_comes_back_and_ends_in_order(name: str) -> None:
    assert SERVICES[name]["restart"] == "always"
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= 20


@every_service
def test_every_service_is_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert any(mount.startswith("/tmp:size=") for mount in service["tmpfs"])


@every_server
def test_every_server_has_a_health_check_without_curl(name: str) -> None:
    instructions = stages()[SERVICES[name]["build"]["target"]]
    assert "HEALTHCHECK" in instructions
    assert "curl" not in instructions
    assert "wget" not in instructions


def test_only_ingest_publishes_a_port_and_only_to_this_machine() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"ingest"}
    assert all(port.startswith("${LOGLYNX_BIND:-127.0.0.1}:") for port in SERVICES["ingest"]["ports"])
    assert EXAMPLE["LOGLYNX_BIND"] == "127.0.0.1"


def test_redis_and_the_detector_have_no_way_out() -> None:
    assert NETWORKS["store"]["internal"] is True
    assert SERVICES["redis"]["networks"] == ["store"]
    assert SERVICES["detector"]["networks"] == ["store"]


def test_the_detector_can_be_scaled() -> None:
    assert not {"container_name", "ports", "hostname"} & SERVICES["detector"].keys()
    assert all(volume.endswith(":ro") for volume in SERVICES["detector"]["volumes"])


def test_secrets_are_required_and_have_no_default() -> None:
    used = INTERPOLATED.findall(COMPOSE_TEXT)
    secrets = {variable for variable, _ in used if is_secret(variable)}
    assert secrets == {variable for variable in EXAMPLE if is_secret(variable)}
    for secret in secrets:
        assert any(variable == secret and rest.startswith(":?") for variable, rest in used), secret
        assert all(rest == "" or rest.startswith(":?") for variable, rest in used if variable == secret), secret
        assert EXAMPLE[secret] == "", secret


def test_the_example_names_exactly_what_compose_reads() -> None:
    assert {variable for variable, _ in INTERPOLATED.findall(COMPOSE_TEXT)} == EXAMPLE.keys()


def test_the_example_repeats_the_defaults_of_compose() -> None:
    for variable, rest in INTERPOLATED.findall(COMPOSE_TEXT):
        if default := re.fullmatch(r":?-(.*)", rest):
            assert EXAMPLE[variable] == default[1], variable


@every_client
def test_every_setting_in_compose_exists(name: str) -> None:
    prefix = f"LOGLYNX_{name.upper()}_"
    variables = set(SERVICES[name]["environment"])
    assert all(variable.startswith(prefix) for variable in variables)
    settings = settings_of(name)
    assert {variable.removeprefix(prefix).lower() for variable in variables} <= settings.model_fields.keys()


def test_every_variable_of_redis_is_read_by_its_start_script() -> None:
    script = (REPOSITORY / "deploy/redis/start").read_text()
    for variable in SERVICES["redis"]["environment"]:
        known = variable in script or re.fullmatch(
            r"LOGLYNX_REDIS_(INGEST|DETECTOR|ANALYZER|ARCHIVER)_PASSWORD", variable
        )
        assert known, variable


@every_client
def test_each_service_is_its_own_redis_user_with_its_own_password(name: str) -> None:
    url = SERVICES[name]["environment"][f"LOGLYNX_{name.upper()}_REDIS_URL"]
    assert url.startswith(f"redis://{name}:${{LOGLYNX_REDIS_{name.upper()}_PASSWORD}}@redis:6379/")
    assert re.search(rf"(?m)^user {name} on @{name}@ ", USERS)


def test_the_default_user_of_redis_is_off() -> None:
    assert re.search(r"(?m)^user default off resetpass ", USERS)


@every_client
def test_services_wait_until_redis_is_healthy(name: str) -> None:
    assert SERVICES[name]["depends_on"]["redis"]["condition"] == "service_healthy"


def test_the_trainer_is_a_command_without_a_network() -> None:
    assert SERVICES["trainer"]["profiles"] == ["train"]
    assert SERVICES["trainer"]["restart"] == "no"
    assert SERVICES["trainer"]["network_mode"] == "none"


def test_redis_never_evicts_and_keeps_an_append_only_file() -> None:
    config = (REPOSITORY / "deploy/redis/redis.conf").read_text()
    for line in ("appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"):
        assert re.search(rf"(?m)^{line}$", config), line
    assert SERVICES["redis"]["volumes"] == ["redis-data:/data"]


def test_the_gpu_override_changes_only_services_that_exist() -> None:
    assert OVERRIDE["services"].keys() <= SERVICES.keys()
    for name, service in OVERRIDE["services"].items():
        assert service["image"] != SERVICES[name]["image"], "a GPU build must not take the CPU image's name"


def test_the_gpu_override_builds_the_detector_with_its_cuda_libraries() -> None:
    detector = OVERRIDE["services"]["detector"]
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    packages = extras[detector["build"]["args"]["DETECTOR_EXTRA"]]
    assert any(package.startswith("onnxruntime-gpu[cuda,cudnn]") for package in packages)
    assert not any(re.match(r"onnxruntime\b(?!-gpu)", package) for package in packages), "they overwrite each other"
    (card,) = detector["deploy"]["resources"]["reservations"]["devices"]
    assert {"gpu", "compute", "utility"} <= set(card["capabilities"])
    prefix = "LOGLYNX_DETECTOR_"
    fields = settings_of("detector").model_fields
    assert {name.removeprefix(prefix).lower() for name in detector["environment"]} <= fields.keys()


def test_the_vllm_override_adds_one_server_and_points_the_analyzer_at_it() -> None:
    assert VLLM["services"].keys() - SERVICES.keys() == {"llm"}
    assert VLLM["services"].keys() & SERVICES.keys() == {"analyzer"}
    environment = VLLM["services"]["analyzer"]["environment"]
    fields = settings_of("analyzer").model_fields
    assert {name.removeprefix("LOGLYNX_ANALYZER_").lower() for name in environment} <= fields.keys()
    assert environment["LOGLYNX_ANALYZER_LLM_URL"] == "http://llm:8000/v1"
    served = next(part for part in VLLM["services"]["llm"]["command"] if part.startswith("--served-model-name="))
    assert served.endswith(f"={environment['LOGLYNX_ANALYZER_LLM_MODEL']}")


def test_the_vllm_server_is_locked_down_and_only_the_analyzer_reaches_it() -> None:
    server = VLLM["services"]["llm"]
    assert server["read_only"] is True and server["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in server["security_opt"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", server["user"])
    assert server["mem_limit"] and server["pids_limit"]
    assert server["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "ports" not in server and server["networks"] == ["model"]
    assert VLLM["networks"]["model"]["internal"] is True
    assert all(volume.endswith(":ro") for volume in server["volumes"])
    assert "docker.sock" not in VLLM_TEXT
    assert "curl" not in str(server["healthcheck"])


def test_the_vllm_server_takes_adapters_at_the_path_that_the_analyzer_names() -> None:
    server, analyzer = VLLM["services"]["llm"], VLLM["services"]["analyzer"]
    assert "--enable-lora" in server["command"]
    assert server["environment"]["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "True"
    (adapters,) = analyzer["volumes"]
    assert adapters in server["volumes"]
    assert server["environment"]["HF_HUB_OFFLINE"] == "1", "nothing is fetched unless somebody asks for it"


def test_the_vllm_image_has_a_literal_tag() -> None:
    tag = re.search(r"vllm/vllm-openai:([\w.]+)}", VLLM["services"]["llm"]["image"])
    assert tag and tag[1] != "latest"


def test_images_install_only_their_own_extra() -> None:
    # With the trainer comes the command, which publishes and activates models, and what reads the archive to retrain.
    for name, extra in {"ingest": "ingest", "analyzer": "analyzer", "trainer": "trainer,archiver,cli"}.items():
        assert re.findall(r"'\.\[([\w,]+)\]'", stages()[f"{name}-venv"]) == [extra]
    assert "ARG DETECTOR_EXTRA=detector\n" in stages()["detector-venv"]
    assert "torch" not in stages()["detector-venv"]
    assert "-c constraints.txt" in stages()["detector-venv"]


def test_the_build_context_is_an_allow_list_that_covers_every_copy() -> None:
    lines = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    for copy in re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE):
        sources = [word for word in copy.split() if not word.startswith("--")][:-1]
        for source in sources:
            assert any(source == name or source.startswith(name + "/") for name in allowed), source
    assert not any(name.startswith(".env") for name in allowed)
