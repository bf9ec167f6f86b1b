"""All of infra/ made from nothing, used, changed and taken away, once: `python -m tests.infra.rehearsal FOLDER`.

It takes minutes, most of which are fixed waits of the provider. So it runs beside the other tests, and writes down what
it finds out for those of this folder, which do not wait before they are the last ones.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tests.infra import leftovers, product
from tests.infra.account import REGION, Account, running
from tests.infra.book import FAILURE, Book
from tests.infra.root import Root
from tests.infra.terraform import Failed, Terraform, copied, found

ROOTS: Final = ("ecr", "github", "vpc", "app")
APPLIES: Final = "applies."  # who makes, changes and takes away a configuration: with its name, the access key
PLANS: Final = "plans."  # who only plans it, without a lock
TOKEN: Final = "a-token-of-the-rehearsal-0123456789"
# Besides what dev.tfvars says: what an environment may have and dev has not, so that it is applied, too.
BOUNDARY: Final = "-var=permissions_boundary_arn=arn:aws:iam::123456789012:policy/logtally-dev-boundary"
MORE_OF_VPC: Final = (BOUNDARY, "-var=flow_logs=true", '-var=interface_endpoints=["ecr.api"]')
MORE: Final = (
    BOUNDARY,
    '-var=alert_emails=["oncall@example.com"]',
    '-var=operations_emails=["oncall@example.com"]',
    '-var=budget={monthly_usd=50,emails=["costs@example.com"]}',
    "-var=deploy_role_arn=arn:aws:iam::123456789012:role/logtally-dev-deploy",
)
MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"


class Stage(Struct):
    """Where it all happens."""

    account: Account
    book: Book
    ecr: Root
    github: Root
    vpc: Root
    app: Root
    took_s: dict[str, float]

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Measure the block, and say it."""
        began = time.monotonic()
        yield
        self.took_s[what] = round(time.monotonic() - began, 1)
        sys.stderr.write(f"{self.took_s[what]:6.1f} s  {what}\n")


def rehearse(folder: Path) -> None:
    """Play all of it, and write it down in a book in that folder. A failure is written down, too."""
    book = Book(folder / "book")
    with book.written():
        try:
            _play(book, folder)
        except Exception:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            book.write(FAILURE, traceback.format_exc()[-6000:])


def _play(book: Book, folder: Path) -> None:
    with running(folder / "account.log") as account:
        terraform = found(home=folder / "home", aws=account.environment(APPLIES))
        stage = _stage(account, book, terraform, copied(folder / "infra"))
        _prepare(stage)
        before = leftovers.inventory(account)
        _make(stage)
        _use(stage, folder)
        _change(stage)
        _take_away(stage)
        after = leftovers.inventory(account)
        book.write("calls", {key: sorted(account.calls_of(key)) for key in _keys()})
        book.write("left", {kind: sorted(set(after[kind]) - set(before[kind])) for kind in after})
        book.write("missing", account.missing())
        book.write("took_s", stage.took_s)


def _stage(account: Account, book: Book, terraform: Terraform, infra: Path) -> Stage:
    return Stage(
        account=account,
        book=book,
        ecr=_root(terraform, infra, "ecr", environment="ecr"),
        github=_root(terraform, infra, "github", environment="github"),
        vpc=_root(terraform, infra, "vpc", environment="dev", variables=MORE_OF_VPC),
        app=_root(terraform, infra, "app", environment="dev", variables=MORE),
        took_s={},
    )


def _root(terraform: Terraform, infra: Path, name: str, *, environment: str, variables: tuple[str, ...] = ()) -> Root:
    """Answer a configuration in the hands of who applies it."""
    applying = terraform.known_as(f"{APPLIES}{name}")
    return Root(terraform=applying, folder=infra / name, environment=environment, variables=variables)


def _prepare(stage: Stage) -> None:
    """Make by hand what docs/operations.md lets a person make by hand: the bucket of the states, and the token."""
    buckets = {root.state_bucket() for root in (stage.ecr, stage.github, stage.vpc, stage.app)}
    for bucket in buckets:
        stage.account.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    stage.account.client("ssm").put_parameter(Name="/logtally/dev/api-token", Value=TOKEN, Type="SecureString")


def _make(stage: Stage) -> None:
    """Apply the repository, the roles that deploy and the network side by side, then what needs them."""
    _side_by_side(
        lambda: _apply(stage, "ecr", stage.ecr),
        lambda: _apply(stage, "github", stage.github),
        lambda: _apply(stage, "vpc", stage.vpc),
    )
    _push(stage, "latest-dev")
    _side_by_side(
        lambda: _apply(stage, "app", stage.app),
        lambda: _again(stage, "ecr", stage.ecr),
        lambda: _again(stage, "github", stage.github),
        lambda: _again(stage, "vpc", stage.vpc),
    )
    outputs = stage.app.outputs()
    stage.book.write("roles", _roles(stage.account, outputs["role_arns"]))
    stage.book.write("github.roles", _managed(stage.account, stage.github.outputs()))
    stage.book.write("watched", _watched(stage.account))
    _again(stage, "app", stage.app)
    stage.book.write("locked", _while_somebody_else_has_the_state(stage))


def _while_somebody_else_has_the_state(stage: Stage) -> str:
    """Answer what is said to who plans while somebody else applies: as S3 has a lock file then."""
    s3, bucket = stage.account.client("s3"), stage.app.state_bucket()
    (state,) = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"] if "app" in each["Key"]]
    lock = {"ID": "0", "Operation": "OperationTypeApply", "Who": "somebody", "Created": "2026-01-01T00:00:00Z"}
    s3.put_object(Bucket=bucket, Key=f"{state}.tflock", Body=json.dumps(lock).encode())
    try:
        stage.app.plan("locked")
    except Failed as exc:
        return str(exc)
    finally:
        s3.delete_object(Bucket=bucket, Key=f"{state}.tflock")
    return "nothing"


def _watched(account: Account) -> dict[str, Any]:
    """Answer the dashboard and the alarms, as CloudWatch has them, but for those that autoscaling makes for itself."""
    cloudwatch = account.client("cloudwatch")
    (dashboard,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
    alarms = [
        alarm
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        if not alarm["AlarmName"].startswith("TargetTracking-")
    ]
    return {"dashboard": json.loads(body), "alarms": alarms}


def _use(stage: Stage, folder: Path) -> None:
    with stage.timed("product"):
        stage.book.write("product", product.run(stage.account, stage.app.outputs(), folder))


def _change(stage: Stage) -> None:
    """Deploy another image, by the tag of its commit."""
    tag = "commit-0123456789abcdef0123456789abcdef01234567"
    _push(stage, tag)
    more = f"-var=ecr_tag={tag}"
    with stage.timed("update"):
        stage.book.write("update.plan", stage.app.plan("update", more))
        stage.app.apply("update")
        outputs = stage.app.outputs()
        stage.book.write("update.outputs", outputs)
        stage.book.write("update.running", _running(stage.account, outputs["services"]))
        stage.book.write("update.again", stage.app.plan("update-again", more))


def _take_away(stage: Stage) -> None:
    with stage.timed("destroy app"):
        stage.app.destroy()
    # A repository with images in it is not given up, so the images go first.
    ecr = stage.account.client("ecr")
    images = ecr.list_images(repositoryName=stage.ecr.outputs()["repository_name"])["imageIds"]
    ecr.batch_delete_image(repositoryName=stage.ecr.outputs()["repository_name"], imageIds=images)
    with stage.timed("destroy vpc, ecr, github"):
        _side_by_side(stage.vpc.destroy, stage.ecr.destroy, stage.github.destroy)
    stage.book.write("states", {name: getattr(stage, name).resources() for name in ROOTS})


def _apply(stage: Stage, name: str, root: Root) -> None:
    with stage.timed(f"apply {name}"):
        root.init()
        stage.book.write(f"{name}.plan", root.plan("first"))
        root.apply("first")
        stage.book.write(f"{name}.outputs", root.outputs())


def _again(stage: Stage, name: str, root: Root) -> None:
    """Plan as who does nothing else: a lock is a write, so there is none."""
    planning = root.known_as(f"{PLANS}{name}")
    with stage.timed(f"second plan {name}"):
        planning.init()
        stage.book.write(f"{name}.again", planning.plan("again", "-lock=false"))


def _push(stage: Stage, tag: str) -> None:
    """Push an image that is nothing but its tag."""
    layer = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1, "digest": _digest(tag)}
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": _digest(tag)}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    stage.account.client("ecr").put_image(
        repositoryName=stage.ecr.outputs()["repository_name"],
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=MANIFEST,
        imageTag=tag,
        imageDigest=_digest(json.dumps(manifest)),
    )


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _roles(account: Account, arns: dict[str, str]) -> dict[str, Any]:
    """Answer the policies that each role has."""
    iam = account.client("iam")
    found: dict[str, Any] = {}
    for name, arn in arns.items():
        role = arn.rpartition("/")[2]
        inline = iam.list_role_policies(RoleName=role)["PolicyNames"]
        found[name] = {
            "policies": [iam.get_role_policy(RoleName=role, PolicyName=each)["PolicyDocument"] for each in inline],
            "attached": iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"],
        }
    return found


def _managed(account: Account, outputs: dict[str, Any]) -> dict[str, Any]:
    """Answer the roles that GitHub's workflows get: whom they trust, and their policies by name. And the boundaries."""
    arns = {f"{environment}-deploy": arn for environment, arn in outputs["deploy_role_arns"].items()}
    arns |= {"image": outputs["image_role_arn"], "plan": outputs["plan_role_arn"]}
    roles = {name: _of_role(account.client("iam"), arn.rpartition("/")[2]) for name, arn in arns.items()}
    boundaries = {
        environment: _document(account.client("iam"), arn)
        for environment, arn in outputs["permissions_boundary_arns"].items()
    }
    return {"roles": roles, "boundaries": boundaries}


def _of_role(iam: Any, role: str) -> dict[str, Any]:
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {
        "trust": iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
        "policies": {each["PolicyName"]: _document(iam, each["PolicyArn"]) for each in attached},
        "inline": iam.list_role_policies(RoleName=role)["PolicyNames"],
    }


def _document(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _running(account: Account, services: dict[str, Any]) -> dict[str, str]:
    """Answer the task definition that each service runs."""
    names = {door: services[door]["service"] for door in ("worker", "api")}
    told = account.client("ecs").describe_services(cluster=services["cluster"], services=list(names.values()))
    by_name = {each["serviceName"]: each["taskDefinition"] for each in told["services"]}
    return {door: by_name[name] for door, name in names.items()}


def _keys() -> list[str]:
    """Answer the access keys of all who have used Terraform."""
    return [f"{who}{name}" for who in (APPLIES, PLANS) for name in ROOTS]


def _side_by_side(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def _end_with(pid: int, folder: Path) -> None:
    """End all of our processes, and forget the folder, when that process has ended."""
    while _is_there(pid):
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _main() -> None:
    """Rehearse. With the id of a process as second word: in the background, until that ends, with all that is ours."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # nobody's own account
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    if len(sys.argv) > 2:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.nice(10)  # the other tests measure time, and this mostly waits
        watching = threading.Thread(target=_end_with, args=(int(sys.argv[2]), folder), daemon=True)
        watching.start()
        rehearse(folder)
        watching.join()
    else:
        rehearse(folder)


if __name__ == "__main__":
    _main()
