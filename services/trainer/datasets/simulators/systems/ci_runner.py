# ruff: noqa: E501 - a script row is a log line and stays whole
"""A CI runner's service log: jobs fetched, containers, caches, test output, artefacts; ``time LEVEL runner[pid] message key=value``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "job": f.counter(880000, 3),
    "proj": f.ranked("shop/web", "shop/api", "infra/terraform", "mobile/ios", "data/pipelines", "docs/site"),
    "stage": f.ranked("build", "test", "lint", "package", "deploy"),
    "sha": f.shaped("????????"),
    "branch": f.ranked("main", "feature/cart", "fix/login", "release/4.2", "renovate/node"),
    "img": f.ranked("node:22", "python:3.12", "golang:1.23", "maven:3.9-eclipse-temurin-21"),
    "cid": f.shaped("????????????"),
    "runner": f.shaped("runner-&&&#&&#"),
    "secs": f.skewed(42, 0.7, 1, least=1.2),
    "n": f.integer(2, 90),
    "tests": f.skewed(320, 0.6, least=4),
    "mb": f.skewed(120, 0.8, 1, least=0.3),
    "pkg": f.ranked("react", "lodash", "django", "numpy", "golang.org/x/net", "jackson-databind", "eslint"),
    "ver": f.shaped("#.##.#"),
    "test": f.ranked(
        "test_checkout_total",
        "test_login_redirect",
        "TestCartMerge",
        "OrderServiceTest.refund",
        "renders empty basket",
    ),
    "file": f.ranked("src/cart.ts", "app/models.py", "internal/store/pool.go", "src/main/java/shop/Order.java"),
    "line": f.integer(4, 400),
    "key": f.shaped("deps-????????????"),
    "pct": f.decimal(71, 93, 1),
    "wait": f.ramp(40, 1.5),
    "used": f.ramp(93, 1.006, 1),
    "reg": f.one_of("registry.shop.io"),
    "pid": f.integer(700, 990),
}

_FLOWS = (
    flow("job", 5, """
        INFO runner | Checking for jobs... received job={job} repo_url=https://git.shop.io/{proj}.git runner={@runner}
        INFO executor | Preparing container job={job} image={img}
        ?0.3 INFO executor | Pulling docker image {img} job={job}
        & INFO executor | Using docker image sha256:{sha}{sha} for {img} job={job}
        INFO job | Fetching changes with git depth set to 20 job={job}
        INFO job | Checking out {sha} as detached HEAD (ref is {branch}) job={job}
        ?0.7 INFO cache | Restored cache {key} job={job} size_mb={mb}
        / WARN cache | Cache {key} not found, continuing without it job={job}
        INFO job | $ make {stage} job={job}
        *1-3 INFO job | added {~n} packages in {~secs}s job={job}
        ?0.7 INFO job | {tests} passed, {n} skipped in {secs}s job={job}
        & ?0.5 INFO job | coverage: {pct}% of statements job={job}
        ?0.25 WARN job | npm warn deprecated {pkg}@{ver}: this version is no longer supported job={job}
        ?0.2 WARN job | {file}:{line} warning: unused variable job={job}
        ?0.5 INFO cache | Saved cache {key} job={job} size_mb={mb}
        ?0.5 INFO artifacts | Uploading artifacts as "archive" to coordinator... 201 Created job={job} size_mb={mb}
        INFO executor | Removed container {cid} job={job}
        INFO runner | Job succeeded duration_s={secs} job={job} project={proj} runner={@runner}
    """, pace=(50, 1800)),
    flow("failing_tests", 0.8, """
        INFO runner | Checking for jobs... received job={job} repo_url=https://git.shop.io/{proj}.git runner={@runner}
        INFO job | $ make test job={job}
        ERROR job | FAILED {test} - AssertionError: expected {n} to equal {line} job={job}
        ERROR job | 1 failed, {tests} passed in {secs}s job={job}
        WARN runner | Job failed: exit code 1 duration_s={secs} job={job} project={proj} runner={@runner}
    """, pace=(50, 1800)),
    flow("lint_error", 0.5, """
        INFO job | $ make lint job={job}
        ERROR job | {file}:{line}:{n} error  'basket' is assigned a value but never used  no-unused-vars job={job}
        WARN runner | Job failed: exit code 1 duration_s={secs} job={job} project={proj} runner={@runner}
    """),
    flow("flaky", 0.4, """
        WARN job | {test} failed on attempt 1, retrying job={job}
        +300-3000 INFO job | {test} passed on attempt 2 job={job}
    """),
    flow("cancelled", 0.3, """
        INFO runner | Job canceled by user job={job} project={proj}
        INFO executor | Removed container {cid} job={job}
    """),
    flow("image_build", 1, """
        INFO job | #{n} [internal] load build definition from Dockerfile job={job}
        INFO job | #{n} CACHED job={job}
        INFO job | #{n} exporting layers {secs}s done job={job}
        INFO job | pushed {reg}/{proj}:{sha} job={job}
    """),
    flow("deploy", 0.6, """
        INFO job | Deploying {proj} {sha} to production job={job}
        INFO job | deployment "{sha}" successfully rolled out job={job}
        ?0.1 WARN job | rollout took longer than usual ({secs}s) job={job}
    """),
    flow("artefact_retry", 0.3, """
        WARN artifacts | Uploading artifacts as "archive" to coordinator... 502 Bad Gateway, retrying job={job}
        +500-2500 INFO artifacts | Uploading artifacts as "archive" to coordinator... 201 Created job={job} size_mb={mb}
    """),
    flow("download_retry", 0.3, """
        WARN job | npm warn network request to https://registry.npmjs.org/{pkg} failed, reason: read ECONNRESET job={job}
        INFO job | added {n} packages in {secs}s job={job}
    """),
    flow("idle", 3, """
        DEBUG runner | Checking for jobs...nothing runner={@runner}
    """),
    flow("heartbeat", 0, """
        DEBUG runner | Updated job trace bytes={line} runner={@runner}
        ?0.4 DEBUG runner | Feeding runners to channel builds={n} runner={@runner}
    """, every_s=20),
    flow("gc", 0, """
        INFO gc | Removed {n} unused images, reclaimed {mb} MB
        ?0.4 INFO gc | Removed {n} stale volumes
    """, every_s=600),
    flow("config", 0.05, """
        INFO runner | Configuration reloaded builds={n} runner={@runner}
        ?0.4 INFO runner | Runner version 17.4.0 is up to date
    """),
    flow("nightly", 0.02, """
        INFO scheduler | Starting nightly pipeline project={proj} branch=main
        INFO job | security scan finished: 0 critical, {n} low job={job}
        INFO job | mutation score {pct}% job={job}
        INFO scheduler | Nightly pipeline finished duration_s={secs}
    """, every_s=86400),
)  # fmt: skip

_FAULTS = (
    fault("runner_disk_full", "disk_full", "构建机磁盘写满，任务接连失败", "The runner's disk is full and job after job fails", """
        *1-2 WARN gc | Disk usage {~used}% on /var/lib/runner
        *2-4 ERROR job | tar: ./node_modules/{~pkg}: Cannot write: No space left on device job={~job}
        & ERROR cache | Failed to extract cache {key} job={job}
        *2-3 ERROR executor | Error response from daemon: write /var/lib/docker/tmp/{~cid}: no space left on device job={~job}
        & WARN runner | Job failed (system failure): prepare environment: no space left on device duration_s={~secs} job={job} project={~proj} runner={@runner}
        ERROR gc | Cleanup failed: unlinkat /var/lib/docker/overlay2/{cid}: no space left on device
    """, {"job": """
        INFO runner | Checking for jobs... received job={job} repo_url=https://git.shop.io/{proj}.git runner={@runner}
        ERROR job | fatal: write error: No space left on device job={job}
        WARN runner | Job failed (system failure): exit status 128 duration_s={secs} job={job} project={proj} runner={@runner}
    """}),
    fault("registry_unreachable", "dependency_unavailable", "镜像仓库不可用，任务无法准备环境", "The image registry is unavailable and jobs cannot start", """
        *3-5 WARN executor | Failed to pull image with policy "always": Error response from daemon: Get "https://{reg}/v2/": net/http: TLS handshake timeout job={~job}
        & INFO executor | Attempt #{~n} to pull image {img} job={job}
        *2-3 ERROR executor | Job failed (system failure): failed to pull image "{~img}" with specified policies [always]: context deadline exceeded job={~job}
        WARN runner | Job failed (system failure) duration_s={secs} job={job} project={proj} runner={@runner}
    """),
    fault("coordinator_lost", "timeout", "与协调服务器通信超时，任务状态无法上报", "The coordinator stops answering; traces and results cannot be sent", """
        *3-5 ERROR runner | Checking for jobs... error="execute JSON request: Post \\"https://git.shop.io/api/v4/jobs/request\\": context deadline exceeded" runner={@runner}
        *2-3 WARN runner | Appending trace to coordinator... failed code=503 job={~job}
        *1-2 ERROR artifacts | Uploading artifacts as "archive" to coordinator... error="i/o timeout" job={~job}
        WARN runner | Runner https://git.shop.io is not healthy and will be disabled for 1h0m0s
    """, {"idle": ""}),
    fault("build_oom", "memory_exhausted", "编译占满内存，容器反复被杀", "Builds eat all memory and their containers are killed", """
        *1-2 WARN executor | Memory usage {~used}% of limit job={job}
        *2-3 ERROR job | FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory job={~job}
        & ERROR job | Killed job={job}
        & WARN runner | Job failed: exit code 137 duration_s={~secs} job={job} project={~proj} runner={@runner}
        *1-2 ERROR job | c++: fatal error: Killed signal terminated program cc1plus job={~job}
    """),
    fault("queue_growing", "queue_backlog", "执行器被占满，等待任务不断增加", "All executors are busy and the queue keeps growing", """
        *4-6 WARN scheduler | Pending jobs {~wait}, running 20 of 20
        *2-3 WARN executor | Waiting for machine to be ready, {~n} attempts job={~job}
        *1-3 WARN runner | Job stuck or timeout failure: execution took longer than 1h0m0s seconds job={~job} project={~proj} runner={@runner}
        *1-2 WARN scheduler | Pending jobs {~wait}, running 20 of 20
    """),
    fault("bad_credentials", "permission_denied", "部署令牌失效，推送与部署被拒绝", "The deploy token is revoked; pushes and deployments are refused", """
        *2-3 ERROR job | remote: HTTP Basic: Access denied. The provided password or token is incorrect job={~job}
        & ERROR job | fatal: Authentication failed for 'https://git.shop.io/{~proj}.git/' job={job}
        *2-3 ERROR job | denied: requested access to the resource is denied: {reg}/{~proj}:{~sha} job={~job}
        *1-2 ERROR job | Error from server (Forbidden): deployments.apps is forbidden: User "ci" cannot patch resource "deployments" job={~job}
        WARN runner | Job failed: exit code 1 duration_s={secs} job={job} project={proj} runner={@runner}
    """, {"deploy": "", "image_build": ""}),
    fault("dns_failure", "dns_failure", "构建环境域名解析失败", "Names do not resolve inside the build network", """
        *2-3 ERROR job | fatal: unable to access 'https://git.shop.io/{~proj}.git/': Could not resolve host: git.shop.io job={~job}
        *2-3 ERROR job | npm error code EAI_AGAIN request to https://registry.npmjs.org/{~pkg} failed, reason: getaddrinfo EAI_AGAIN job={~job}
        *1-2 WARN job | Temporary failure resolving 'deb.debian.org' job={~job}
        *1-2 WARN runner | Job failed (system failure): exit status 128 duration_s={~secs} job={~job} project={~proj} runner={@runner}
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="ci_runner",
    language="en",
    headers={"": "{time} {level:<5} {source}[{@pid}] {message}"},
    clock=clocks.ISO_MS,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=3,
)
