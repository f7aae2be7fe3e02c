"""Every operation of the sandbox, called by the official Python SDK, unmodified, and random requests signed by it, for our
signer to compare.

Run by `hwgrants sandbox -- python check.py`, which sets the variables. Prints a line for each operation, `NAME`, a tab, and
`works` or `FAILED` with the reason; then, for each request that is signed, `signed`, a tab, and as JSON what was signed, by
whom and with what result.
"""

import datetime
import json
import os
import random
import tempfile
import urllib.parse
import urllib.request

from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdkcsms.v1 import csms_client, model as csms
from huaweicloudsdkcsms.v1.region.csms_region import CsmsRegion
from huaweicloudsdkcodeartsrepo.v4 import codeartsrepo_client, model as repo
from huaweicloudsdkiam.v3 import iam_client, model as iam
from huaweicloudsdkkms.v2 import kms_client, model as kms
from huaweicloudsdksts.v1 import sts_client, model as sts

URL = os.environ["HWGRANTS_ENDPOINT"]


def outside(method, path, body=None):
    """A request to the sandbox behind the clients' back."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(f"{URL}/_sandbox/{path}", data, headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


SEED = outside("GET", "identities")


def build(client, credentials):
    return client.new_builder().with_credentials(credentials).with_endpoint(URL).build()


def regional():
    credentials = BasicCredentials(SEED["access_key"], SEED["secret_key"], SEED["project_id"])
    return credentials.with_iam_endpoint(URL)


def account():
    return GlobalCredentials(SEED["access_key"], SEED["secret_key"], SEED["domain_id"]).with_iam_endpoint(URL)


CSMS = build(csms_client.CsmsClient, regional())
REPO = build(codeartsrepo_client.CodeArtsRepoClient, regional())
IAM = build(iam_client.IamClient, account())
KMS = build(kms_client.KmsClient, regional())
STS = build(sts_client.StsClient, regional())

CHECKS = []


def check(operation):
    def register(act):
        CHECKS.append((operation, act))
        return act

    return register


def same(actual, expected):
    assert actual == expected, f"{actual!r} instead of {expected!r}"


def terms(until):
    terms = {
        "resource_id": SEED["db-password"],
        "type": "SECRET",
        "grantee_type": "0",
        "grantee_target_id": SEED["Ana Ruiz"],
        "validity_time": until,
    }
    return csms.GrantSecretReqBody(**terms)


def grantees():
    answer = CSMS.list_grants(csms.ListGrantsRequest(resource_id=SEED["db-password"]))
    return {entry.user_id: entry.validity_time for entry in answer.data.grantee_user}


@check("CreateGrants")
def create_grants():
    answer = CSMS.create_grants(csms.CreateGrantsRequest(body=terms("2099-01-31")))
    same(answer.data.grantee_user, SEED["Ana Ruiz"])
    same(answer.data.resource_id, SEED["db-password"])
    assert answer.data.uuid


@check("ListGrants")
def list_grants():
    same(list(grantees()), [SEED["Ana Ruiz"]])


@check("UpdateGrant")
def update_grant():
    before = grantees()[SEED["Ana Ruiz"]]
    body = terms("2099-02-28")
    CSMS.update_grant(csms.UpdateGrantRequest(resource_id=SEED["db-password"], body=body))
    same(grantees()[SEED["Ana Ruiz"]] - before, 28 * 24 * 3600 * 1000)


@check("DeleteGrant")
def delete_grant():
    request = csms.DeleteGrantRequest(grantee_user=SEED["Ana Ruiz"], resource_id=SEED["db-password"])
    same(CSMS.delete_grant(request).status_code, 204)
    same(grantees(), {})


@check("ListSecrets")
def list_secrets():
    seen, marker = [], None
    while True:
        page = CSMS.list_secrets(csms.ListSecretsRequest(limit="3", marker=marker))
        seen += [secret.name for secret in page.secrets]
        marker = page.page_info.next_marker
        if not marker:
            break
        same(marker, seen[-1])
    assert len(seen) > 3 and seen == sorted(set(seen)), seen
    outside("PUT", f"events/rotated/{SEED['api-key']}")
    page = CSMS.list_secrets(csms.ListSecretsRequest(event_name="rotated"))
    same([secret.id for secret in page.secrets], [SEED["api-key"]])
    same(page.secrets[0].event_subscriptions, ["rotated"])
    # By the variables alone.
    region = CsmsRegion.value_of(SEED["region"])
    client = csms_client.CsmsClient.new_builder().with_region(region).build()
    assert client.list_secrets(csms.ListSecretsRequest()).secrets


@check("ShowSecret")
def show_secret():
    answer = CSMS.show_secret(csms.ShowSecretRequest(secret_name="db-password"))
    same(answer.secret.id, SEED["db-password"])


@check("CreateSecret")
def create_secret():
    body = csms.CreateSecretRequestBody(name="made", secret_string="s3cret", kms_key_id=SEED["repositories"])
    made = CSMS.create_secret(csms.CreateSecretRequest(body=body)).secret
    same((made.name, made.state, made.kms_key_id), ("made", "ENABLED", SEED["repositories"]))


@check("UpdateSecret")
def update_secret():
    body = csms.UpdateSecretRequestBody(description="for the check")
    changed = CSMS.update_secret(csms.UpdateSecretRequest(secret_name="made", body=body)).secret
    same((changed.description, changed.kms_key_id), ("for the check", SEED["repositories"]))


@check("CreateSecretVersion")
def create_secret_version():
    body = csms.CreateSecretVersionRequestBody(secret_string="changed")
    made = CSMS.create_secret_version(csms.CreateSecretVersionRequest(secret_name="made", body=body)).version_metadata
    same((made.id, made.version_stages), ("v2", ["SYSCURRENT"]))


@check("ListSecretVersions")
def list_secret_versions():
    listed = CSMS.list_secret_versions(csms.ListSecretVersionsRequest(secret_name="made")).version_metadatas
    same([(version.id, version.version_stages) for version in listed], [("v1", ["SYSPREVIOUS"]), ("v2", ["SYSCURRENT"])])


@check("ShowSecretVersion")
def show_secret_version():
    for version_id, value in [("v1", "s3cret"), ("latest", "changed")]:
        request = csms.ShowSecretVersionRequest(secret_name="made", version_id=version_id)
        same(CSMS.show_secret_version(request).version.secret_string, value)


@check("DeleteSecret")
def delete_secret():
    same(CSMS.delete_secret(csms.DeleteSecretRequest(secret_name="made")).status_code, 204)
    names = [secret.name for secret in CSMS.list_secrets(csms.ListSecretsRequest()).secrets]
    assert "made" not in names, names


KEY = {}


@check("CreateKey")
def create_key():
    body = kms.CreateKeyRequestBody(key_alias="made", key_description="for the check")
    made = KMS.create_key(kms.CreateKeyRequest(body=body)).key_info
    same((made.domain_id, made.region_id), (SEED["domain_id"], SEED["region"]))
    KEY["id"] = made.key_id


@check("ListKeyDetail")
def list_key_detail():
    request = kms.ListKeyDetailRequest(body=kms.OperateKeyRequestBody(key_id=KEY["id"]))
    shown = KMS.list_key_detail(request).key_info
    same((shown.key_alias, shown.key_state, shown.key_description), ("made", "2", "for the check"))


@check("UpdateKeyAlias")
def update_key_alias():
    body = kms.UpdateKeyAliasRequestBody(key_id=KEY["id"], key_alias="renamed")
    same(KMS.update_key_alias(kms.UpdateKeyAliasRequest(body=body)).key_info.key_alias, "renamed")


@check("UpdateKeyDescription")
def update_key_description():
    body = kms.UpdateKeyDescriptionRequestBody(key_id=KEY["id"], key_description="described")
    described = KMS.update_key_description(kms.UpdateKeyDescriptionRequest(body=body)).key_info
    same(described.key_description, "described")


@check("ListKeys")
def list_keys():
    aliases, marker = [], None
    while True:
        body = kms.ListKeysRequestBody(limit="2", marker=marker)
        page = KMS.list_keys(kms.ListKeysRequest(body=body))
        aliases += [key.key_alias for key in page.key_details]
        if page.truncated != "true":
            break
        marker = page.next_marker
    same(sorted(aliases), ["old-repositories", "renamed", "repositories"])


@check("KmsCreateGrant")
def kms_create_grant():
    body = kms.CreateGrantRequestBody(
        key_id=KEY["id"], grantee_principal=SEED["user_id"], operations=["describe-key"], name="check"
    )
    KEY["grant"] = KMS.create_grant(kms.CreateGrantRequest(body=body)).grant_id


@check("KmsListGrants")
def kms_list_grants():
    request = kms.ListGrantsRequest(body=kms.ListGrantsRequestBody(key_id=KEY["id"]))
    listed = KMS.list_grants(request).grants
    same([(grant.grant_id, grant.operations) for grant in listed], [(KEY["grant"], ["describe-key"])])


@check("KmsCancelGrant")
def kms_cancel_grant():
    body = kms.RevokeGrantRequestBody(key_id=KEY["id"], grant_id=KEY["grant"])
    KMS.cancel_grant(kms.CancelGrantRequest(body=body))
    request = kms.ListGrantsRequest(body=kms.ListGrantsRequestBody(key_id=KEY["id"]))
    same(KMS.list_grants(request).grants, [])


@check("DisableKey")
def disable_key():
    request = kms.DisableKeyRequest(body=kms.OperateKeyRequestBody(key_id=KEY["id"]))
    same(KMS.disable_key(request).key_info.key_state, "3")


@check("EnableKey")
def enable_key():
    request = kms.EnableKeyRequest(body=kms.OperateKeyRequestBody(key_id=KEY["id"]))
    same(KMS.enable_key(request).key_info.key_state, "2")


@check("DeleteKey")
def delete_key():
    body = kms.ScheduleKeyDeletionRequestBody(key_id=KEY["id"], pending_days="7")
    same(KMS.delete_key(kms.DeleteKeyRequest(body=body)).key_state, "4")


@check("CancelKeyDeletion")
def cancel_key_deletion():
    request = kms.CancelKeyDeletionRequest(body=kms.OperateKeyRequestBody(key_id=KEY["id"]))
    same(KMS.cancel_key_deletion(request).key_state, "3")


@check("ListUsers")
def list_users():
    answer = CSMS.list_users(csms.ListUsersRequest(offset=0, limit=10))
    same(answer.total, len(answer.users))
    assert SEED["Ben Okafor"] in [user.user_id for user in answer.users]
    found = CSMS.list_users(csms.ListUsersRequest(offset=0, limit=10, user_info="ana"))
    same([user.name for user in found.users if "Ruiz" in user.name], ["Ana Ruiz"])
    same(CSMS.list_users(csms.ListUsersRequest(offset=1, limit=10)).users, [])


@check("ShowUserDetail")
def show_user_detail():
    answer = CSMS.show_user_detail(csms.ShowUserDetailRequest(user_id=SEED["Ben Okafor"]))
    same((answer.name, answer.domain_id, answer.disabled), ("Ben Okafor", SEED["domain_id"], False))


@check("CreateTenantKmsGrant")
def create_tenant_kms_grant():
    answer = REPO.create_tenant_kms_grant(repo.CreateTenantKmsGrantRequest(tenant_id=SEED["domain_id"]))
    same((answer.tenant_id, answer.assumed), (SEED["domain_id"], True))


def setting():
    request = repo.ShowTenantRepoEncryptionSettingRequest(tenant_id=SEED["domain_id"])
    return REPO.show_tenant_repo_encryption_setting(request)


@check("UpdateTenantRepoEncryptionSetting")
def update_tenant_repo_encryption_setting():
    body = repo.TenantRepoEncryptionSettingRequestDto(
        tenant_id=SEED["domain_id"],
        encryption_type="KMS",
        default_encryption_enabled=True,
        cmk_key_id=SEED["repositories"],
        cmk_key_name="repositories",
    )
    request = repo.UpdateTenantRepoEncryptionSettingRequest(tenant_id=SEED["domain_id"], body=body)
    answer = REPO.update_tenant_repo_encryption_setting(request)
    same((answer.encryption_type, answer.cmk_key_id, answer.key_state), ("KMS", SEED["repositories"], "2"))


@check("ShowTenantRepoEncryptionSetting")
def show_tenant_repo_encryption_setting():
    shown = setting()
    same((shown.tenant_id, shown.region), (SEED["domain_id"], SEED["region"]))
    same((shown.default_encryption_enabled, shown.cmk_key_name), (True, "repositories"))


@check("ListTenantCmks")
def list_tenant_cmks():
    listed = REPO.list_tenant_cmks(repo.ListTenantCmksRequest(tenant_id=SEED["domain_id"])).body
    states = {key.cmk_key_name: key.key_state for key in listed}
    same((states["repositories"], states["old-repositories"]), ("2", "3"))
    request = repo.ListTenantCmksRequest(tenant_id=SEED["domain_id"], offset=1, limit=1)
    same(len(REPO.list_tenant_cmks(request).body), 1)


@check("ListTenantEncryptedRepositories")
def list_tenant_encrypted_repositories():
    request = repo.ListTenantEncryptedRepositoriesRequest(tenant_id=SEED["domain_id"], order_by="repoName", sort="asc")
    listed = REPO.list_tenant_encrypted_repositories(request).body
    same([(each.repo_name, each.owner_iam_id) for each in listed], [("payments", SEED["user_id"])])


@check("ShowTenantKmsGrant")
def show_tenant_kms_grant():
    request = repo.ShowTenantKmsGrantRequest(tenant_id=SEED["domain_id"])
    same(REPO.show_tenant_kms_grant(request).assumed, True)
    outside("DELETE", f"delegations/{SEED['domain_id']}")
    same(REPO.show_tenant_kms_grant(request).assumed, False)


def by_password(scope):
    user = iam.PwdPasswordUser(
        domain=iam.PwdPasswordUserDomain(name=SEED["domain_name"]),
        name=SEED["user_name"],
        password=SEED["password"],
    )
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
    return IAM.keystone_create_user_token_by_password(iam.KeystoneCreateUserTokenByPasswordRequest(body=body))


def project_scope():
    return iam.AuthScope(project=iam.AuthScopeProject(name=SEED["region"]))


@check("KeystoneCreateToken")
def keystone_create_token():
    answer = by_password(project_scope())
    assert answer.x_subject_token
    same(answer.token.project.id, SEED["project_id"])
    both = iam.AuthScope(
        project=iam.AuthScopeProject(id=SEED["project_id"]), domain=iam.AuthScopeDomain(id=SEED["domain_id"])
    )
    same(by_password(both).token.project.id, SEED["project_id"])
    same(by_password(iam.AuthScope()).token.domain.id, SEED["domain_id"])

    role = iam.AgencyTokenAssumerole(agency_name=SEED["agency_name"], domain_name=SEED["agency_domain_name"])
    identity = iam.AgencyTokenIdentity(methods=["assume_role"], assume_role=role)
    scope = iam.AgencyTokenScope(project=iam.AgencyTokenScopeProject(name=SEED["region"]))
    body = iam.KeystoneCreateAgencyTokenRequestBody(auth=iam.AgencyTokenAuth(identity=identity, scope=scope))
    answer = IAM.keystone_create_agency_token(iam.KeystoneCreateAgencyTokenRequest(body=body))
    same(answer.token.project.id, SEED["agency_project_id"])
    assert answer.x_subject_token

    unscoped = federated().x_subject_token
    identity = iam.ScopedTokenIdentity(methods=["token"], token=iam.ScopedToken(id=unscoped))
    body = iam.KeystoneCreateScopedTokenRequestBody(
        auth=iam.ScopedTokenAuth(
            identity=identity, scope=iam.TokenSocpeOption(project=iam.ScopeProjectOption(id=SEED["project_id"]))
        )
    )
    answer = IAM.keystone_create_scoped_token(iam.KeystoneCreateScopedTokenRequest(body=body))
    same(answer.token.project.id, SEED["project_id"])


@check("KeystoneValidateToken")
def keystone_validate_token():
    token = by_password(project_scope()).x_subject_token
    answer = IAM.keystone_validate_token(iam.KeystoneValidateTokenRequest(x_subject_token=token))
    same((answer.token.user.name, answer.x_subject_token), (SEED["user_name"], token))


@check("CreateTokenWithIdToken")
def create_token_with_id_token():
    scope = iam.GetIdTokenIdScopeBody(project=iam.GetIdTokenScopeDomainOrProjectBody(id=SEED["project_id"]))
    auth = iam.GetIdTokenAuthParams(id_token=iam.GetIdTokenIdTokenBody(id=SEED["id_token"]), scope=scope)
    request = iam.CreateTokenWithIdTokenRequest(
        x_idp_id=SEED["idp_id"], body=iam.GetIdTokenRequestBody(auth=auth)
    )
    answer = IAM.create_token_with_id_token(request)
    assert answer.x_subject_token

    # The same by the credentials that the SDK makes of it.
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "id_token")
        with open(path, "w") as file:
            file.write(SEED["id_token"])
        credentials = BasicCredentials()
        credentials.with_idp_id(SEED["idp_id"]).with_id_token_file(path)
        credentials.with_project_id(SEED["project_id"]).with_iam_endpoint(URL)
        client = build(csms_client.CsmsClient, credentials)
        assert client.list_secrets(csms.ListSecretsRequest()).secrets


def federated():
    request = iam.CreateUnscopedTokenWithIdTokenRequest(
        idp_id=SEED["idp_id"], protocol_id="oidc", authorization=f"Bearer {SEED['id_token']}"
    )
    return IAM.create_unscoped_token_with_id_token(request)


@check("CreateUnscopedTokenWithIdToken")
def create_unscoped_token_with_id_token():
    answer = federated()
    assert answer.x_subject_token
    same(answer.token.user.os_federation.identity_provider.id, SEED["idp_id"])


@check("CreateTemporaryAccessKey")
def create_temporary_access_key():
    role = iam.IdentityAssumerole(
        agency_name=SEED["agency_name"], domain_id=SEED["agency_domain_id"], duration_seconds=900
    )
    identity = iam.AgencyAuthIdentity(methods=["assume_role"], assume_role=role)
    body = iam.CreateTemporaryAccessKeyByAgencyRequestBody(auth=iam.AgencyAuth(identity=identity))
    answer = IAM.create_temporary_access_key_by_agency(iam.CreateTemporaryAccessKeyByAgencyRequest(body=body))
    use(answer.credential, SEED["agency_project_id"])

    token = by_password(project_scope()).x_subject_token
    identity = iam.TokenAuthIdentity(methods=["token"], token=iam.IdentityToken(id=token, duration_seconds=900))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(auth=iam.TokenAuth(identity=identity))
    answer = IAM.create_temporary_access_key_by_token(iam.CreateTemporaryAccessKeyByTokenRequest(body=body))
    use(answer.credential, SEED["project_id"])


def use(key, project_id):
    """A temporary key opens the project, and is looked up by it."""
    credentials = BasicCredentials(key.access, key.secret, project_id).with_security_token(key.securitytoken)
    client = build(csms_client.CsmsClient, credentials.with_iam_endpoint(URL))
    assert client.list_secrets(csms.ListSecretsRequest()).secrets is not None


@check("KeystoneListProjects")
def keystone_list_projects():
    answer = IAM.keystone_list_projects(iam.KeystoneListProjectsRequest(name=SEED["region"]))
    same([project.id for project in answer.projects], [SEED["project_id"]])


@check("KeystoneListAuthDomains")
def keystone_list_auth_domains():
    answer = IAM.keystone_list_auth_domains(iam.KeystoneListAuthDomainsRequest())
    same([domain.id for domain in answer.domains], [SEED["domain_id"]])
    # The SDK looks the account up itself.
    looked_up = GlobalCredentials(SEED["access_key"], SEED["secret_key"]).with_iam_endpoint(URL)
    assert build(iam_client.IamClient, looked_up).keystone_list_regions(iam.KeystoneListRegionsRequest()).regions


@check("KeystoneListAuthProjects")
def keystone_list_auth_projects():
    answer = IAM.keystone_list_auth_projects(iam.KeystoneListAuthProjectsRequest())
    assert SEED["other_project_id"] in [project.id for project in answer.projects]


@check("KeystoneListRegions")
def keystone_list_regions():
    answer = IAM.keystone_list_regions(iam.KeystoneListRegionsRequest())
    same([region.id for region in answer.regions], sorted([SEED["region"], SEED["other_region"]]))


@check("KeystoneShowRegion")
def keystone_show_region():
    answer = IAM.keystone_show_region(iam.KeystoneShowRegionRequest(region_id=SEED["region"]))
    same(answer.region.id, SEED["region"])


@check("KeystoneListVersions")
def keystone_list_versions():
    answer = IAM.keystone_list_versions(iam.KeystoneListVersionsRequest())
    same(answer.versions.values[0].status, "stable")


@check("KeystoneShowVersion")
def keystone_show_version():
    answer = IAM.keystone_show_version(iam.KeystoneShowVersionRequest())
    same(answer.version.links[0].href, f"{URL}/v3/")


@check("AssumeAgency")
def assume_agency():
    body = sts.AssumeAgencyReqBody(
        agency_urn=f"iam::{SEED['agency_domain_id']}:agency:{SEED['agency_name']}",
        agency_session_name="compat",
        duration_seconds=900,
    )
    key = STS.assume_agency(sts.AssumeAgencyRequest(body=body)).credentials
    credentials = BasicCredentials(key.access_key_id, key.secret_access_key, SEED["agency_project_id"])
    client = build(csms_client.CsmsClient, credentials.with_security_token(key.security_token))
    assert client.list_secrets(csms.ListSecretsRequest()).secrets is not None


@check("GetCallerIdentity")
def get_caller_identity():
    answer = STS.get_caller_identity(sts.GetCallerIdentityRequest())
    same((answer.account_id, answer.principal_id), (SEED["domain_id"], SEED["user_id"]))


ALPHABET = "aZ09-._~ !\"#$%&'()*+,:;<=>?@[]^`{|}äßπ語🔑"
SPACE = ["", " ", "  ", "\t", " \t "]


def text(chance, limit):
    return "".join(chance.choices(ALPHABET, k=chance.randint(0, limit)))


def signed(chance):
    """A random request, signed: what was signed, by whom and with what result."""
    method = chance.choice(["GET", "POST", "PUT", "DELETE"])
    segments = [text(chance, 12).replace("%", "") + "x" for _ in range(chance.randint(0, 4))]
    path = "/" + "/".join(segments)
    values = [
        lambda: text(chance, 8),
        lambda: [text(chance, 5), text(chance, 5)],
        lambda: chance.randrange(2**63),
        lambda: chance.choice([True, False]),
    ]
    query = {text(chance, 6) + "k": chance.choice(values)() for _ in range(chance.randint(0, 3))}
    date = datetime.datetime.fromtimestamp(chance.randrange(4_000_000_000), datetime.timezone.utc)
    headers = {"X-Sdk-Date": date.strftime("%Y%m%dT%H%M%SZ")}
    for _ in range(chance.randint(0, 3)):
        before, inner, behind = chance.choices(SPACE, k=3)
        headers[f"X-Test-{chance.choice('ABCDEFGH')}"] = f"{before}a{inner}b{behind}"
    for name in ["X-Project-Id", "X-Domain-Id", "X-Security-Token", "X_Never_Signed"]:
        if chance.random() < 0.5:
            headers[name] = f"{chance.randrange(2**63):x}+/=="
    body = text(chance, 30) if chance.random() < 0.7 else ""
    types = [None, "application/json", "application/json;charset=UTF-8", "text/plain", "application/octet-stream"]
    if kind := chance.choice(types):
        headers["Content-Type"] = kind
    host = chance.choice(["csms.example.com", "iam.example.com:8443"])
    url = f"https://{host}{urllib.parse.quote(path, safe='/~')}"
    told = {"method": method, "headers": dict(headers), "body": body}

    key, secret = f"AK{chance.randrange(2**63):X}", text(chance, 40) + "s"
    parts = {"host": host, "resource_path": path, "query_params": list(query.items())}
    request = SdkRequest(method, "https", header_params=headers, body=body, **parts)
    request = Signer(BasicCredentials(key, secret, "")).sign(request)
    told |= {"url": url + request.uri[len(path) :], "access_key": key, "secret_key": secret}
    return told | {"authorization": request.header_params["Authorization"]}


def main():
    for operation, act in CHECKS:
        try:
            act()
            print(f"{operation}\tworks")
        except exceptions.SdkException as error:
            print(f"{operation}\tFAILED {type(error).__name__}: {' '.join(str(error).split())}")
        except Exception as error:  # A check that fails must not hide the others.
            print(f"{operation}\tFAILED {type(error).__name__}: {' '.join(str(error).split())}")
    chance = random.Random(20261128)
    for _ in range(540):
        print(f"signed\t{json.dumps(signed(chance))}")


main()
