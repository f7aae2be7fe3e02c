// Every operation of the sandbox, called by the official Go SDK, unmodified, and random requests signed by it, for the
// sandbox to verify and for our signer to compare.
//
// Run by `hwgrants sandbox -- PROGRAM`, which sets the variables. Prints a line for each operation, `NAME`, a tab, and `works` or `FAILED` with the reason; then
// `verified signatures`, a tab, and how many of how many random requests were verified; then, for each request that is only
// signed, `signed`, a tab, and as JSON what was signed, by whom and with what result.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	repo "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/codeartsrepo/v4"
	repomodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/codeartsrepo/v4/model"
	csms "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/csms/v1"
	csmsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/csms/v1/model"
	csmsregion "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/csms/v1/region"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	kms "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/kms/v2"
	kmsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/kms/v2/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"
)

var (
	sandbox string
	seed    map[string]string
)

// Faults are found by panics, so that a check reads as what it checks.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func same(actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Errorf("%v instead of %v", actual, expected))
	}
}

func that(holds bool, what string) {
	if !holds {
		panic(errors.New(what))
	}
}

func to[T any](value T) *T { return &value }

// outside sends a request to the sandbox behind the clients' back.
func outside(method, path string) []byte {
	sent := must(http.NewRequest(method, sandbox+"/_sandbox/"+path, nil))
	answer := must(http.DefaultClient.Do(sent))
	defer answer.Body.Close()
	text := must(io.ReadAll(answer.Body))
	that(answer.StatusCode < 300, path+": "+answer.Status)
	return text
}

func client(builder *core.HcHttpClientBuilder, credential auth.ICredential) *core.HcHttpClient {
	return must(builder.WithEndpoints([]string{sandbox}).WithCredential(credential).SafeBuild())
}

func regional(access, secret, securityToken, project string) auth.ICredential {
	builder := basic.NewCredentialsBuilder().WithAk(access).WithSk(secret).WithProjectId(project)
	if securityToken != "" {
		builder = builder.WithSecurityToken(securityToken)
	}
	return must(builder.WithIamEndpointOverride(sandbox).SafeBuild())
}

func own() auth.ICredential {
	return regional(seed["access_key"], seed["secret_key"], "", seed["project_id"])
}

func account(domain string) auth.ICredential {
	builder := global.NewCredentialsBuilder().WithAk(seed["access_key"]).WithSk(seed["secret_key"])
	if domain != "" {
		builder = builder.WithDomainId(domain)
	}
	return must(builder.WithIamEndpointOverride(sandbox).SafeBuild())
}

func csmsAs(credential auth.ICredential) *csms.CsmsClient {
	return csms.NewCsmsClient(client(csms.CsmsClientBuilder(), credential))
}

func repoClient() *repo.CodeArtsRepoClient {
	return repo.NewCodeArtsRepoClient(client(repo.CodeArtsRepoClientBuilder(), own()))
}

func kmsClient() *kms.KmsClient {
	return kms.NewKmsClient(client(kms.KmsClientBuilder(), own()))
}

// The key and the grant that the checks of KMS create.
var madeKey, madeGrant string

// The body that names the key.
func ofKey() *kmsmodel.OperateKeyRequestBody {
	return &kmsmodel.OperateKeyRequestBody{KeyId: madeKey}
}

func kmsGrants() []kmsmodel.Grants {
	body := &kmsmodel.ListGrantsRequestBody{KeyId: madeKey}
	return *must(kmsClient().ListGrants(&kmsmodel.ListGrantsRequest{Body: body})).Grants
}

func iamClient() *iam.IamClient {
	return iam.NewIamClient(client(iam.IamClientBuilder(), account(seed["domain_id"])))
}

func stsClient() *sts.StsClient {
	return sts.NewStsClient(client(sts.StsClientBuilder(), own()))
}

// opens lists the secrets of a project, which wants a caller who may.
func opens(credential auth.ICredential) {
	answer := must(csmsAs(credential).ListSecrets(&csmsmodel.ListSecretsRequest{}))
	that(answer.Secrets != nil, "no list")
}

func terms(until string) *csmsmodel.GrantSecretReqBody {
	return &csmsmodel.GrantSecretReqBody{
		ResourceId:      seed["db-password"],
		Type:            "SECRET",
		GranteeType:     "0",
		GranteeTargetId: seed["Ana Ruiz"],
		ValidityTime:    &until,
	}
}

func grantees() map[string]int64 {
	listed := must(csmsAs(own()).ListGrants(&csmsmodel.ListGrantsRequest{ResourceId: seed["db-password"]}))
	ends := map[string]int64{}
	for _, entry := range listed.Data.GranteeUser {
		ends[entry.UserId] = *entry.ValidityTime
	}
	return ends
}

func byPassword(scope *iammodel.AuthScope) *iammodel.KeystoneCreateUserTokenByPasswordResponse {
	user := &iammodel.PwdPasswordUser{
		Domain:   &iammodel.PwdPasswordUserDomain{Name: seed["domain_name"]},
		Name:     seed["user_name"],
		Password: seed["password"],
	}
	identity := &iammodel.PwdIdentity{
		Methods:  []iammodel.PwdIdentityMethods{iammodel.GetPwdIdentityMethodsEnum().PASSWORD},
		Password: &iammodel.PwdPassword{User: user},
	}
	body := &iammodel.KeystoneCreateUserTokenByPasswordRequestBody{
		Auth: &iammodel.PwdAuth{Identity: identity, Scope: scope},
	}
	return must(iamClient().KeystoneCreateUserTokenByPassword(&iammodel.KeystoneCreateUserTokenByPasswordRequest{Body: body}))
}

func project() *iammodel.AuthScope {
	return &iammodel.AuthScope{Project: &iammodel.AuthScopeProject{Name: to(seed["region"])}}
}

func federated() *iammodel.CreateUnscopedTokenWithIdTokenResponse {
	return must(iamClient().CreateUnscopedTokenWithIdToken(&iammodel.CreateUnscopedTokenWithIdTokenRequest{
		IdpId:         seed["idp_id"],
		ProtocolId:    "oidc",
		Authorization: "Bearer " + seed["id_token"],
	}))
}

type check struct {
	operation string
	act       func()
}

var checks = []check{
	{"CreateGrants", func() {
		made := must(csmsAs(own()).CreateGrants(&csmsmodel.CreateGrantsRequest{Body: terms("2099-01-31")}))
		same([]string{made.Data.GranteeUser, made.Data.ResourceId}, []string{seed["Ana Ruiz"], seed["db-password"]})
		that(made.Data.Uuid != "", "no uuid")
	}},
	{"ListGrants", func() {
		_, listed := grantees()[seed["Ana Ruiz"]]
		that(listed, "not listed")
	}},
	{"UpdateGrant", func() {
		before := grantees()[seed["Ana Ruiz"]]
		must(csmsAs(own()).UpdateGrant(&csmsmodel.UpdateGrantRequest{
			ResourceId: seed["db-password"],
			Body:       terms("2099-02-28"),
		}))
		same(grantees()[seed["Ana Ruiz"]]-before, int64(28*24*3600*1000))
	}},
	{"DeleteGrant", func() {
		deleted := must(csmsAs(own()).DeleteGrant(&csmsmodel.DeleteGrantRequest{
			ResourceId:  seed["db-password"],
			GranteeUser: to(seed["Ana Ruiz"]),
		}))
		same(deleted.HttpStatusCode, 204)
		same(len(grantees()), 0)
	}},
	{"ListSecrets", func() {
		var seen []string
		asked := &csmsmodel.ListSecretsRequest{Limit: to("3")}
		for {
			page := must(csmsAs(own()).ListSecrets(asked))
			for _, secret := range *page.Secrets {
				seen = append(seen, *secret.Name)
			}
			asked.Marker = page.PageInfo.NextMarker
			if asked.Marker == nil {
				break
			}
			same(*asked.Marker, seen[len(seen)-1])
		}
		that(len(seen) > 3 && sort.StringsAreSorted(seen), fmt.Sprint(seen))
		outside("PUT", "events/rotated/"+seed["api-key"])
		found := must(csmsAs(own()).ListSecrets(&csmsmodel.ListSecretsRequest{EventName: to("rotated")}))
		same(len(*found.Secrets), 1)
		same(*(*found.Secrets)[0].EventSubscriptions, []string{"rotated"})
		// By the variables alone.
		region := must(csmsregion.SafeValueOf(seed["region"]))
		byVariables := csms.NewCsmsClient(must(csms.CsmsClientBuilder().WithRegion(region).SafeBuild()))
		that(must(byVariables.ListSecrets(&csmsmodel.ListSecretsRequest{})).Secrets != nil, "no list")
	}},
	{"ShowSecret", func() {
		shown := must(csmsAs(own()).ShowSecret(&csmsmodel.ShowSecretRequest{SecretName: "db-password"}))
		same(*shown.Secret.Id, seed["db-password"])
	}},
	{"CreateSecret", func() {
		body := &csmsmodel.CreateSecretRequestBody{Name: "made", SecretString: to("s3cret"), KmsKeyId: to(seed["repositories"])}
		made := must(csmsAs(own()).CreateSecret(&csmsmodel.CreateSecretRequest{Body: body})).Secret
		same([]string{*made.Name, *made.KmsKeyId}, []string{"made", seed["repositories"]})
	}},
	{"UpdateSecret", func() {
		body := &csmsmodel.UpdateSecretRequestBody{Description: to("for the check")}
		changed := must(csmsAs(own()).UpdateSecret(&csmsmodel.UpdateSecretRequest{SecretName: "made", Body: body})).Secret
		same(*changed.Description, "for the check")
	}},
	{"CreateSecretVersion", func() {
		body := &csmsmodel.CreateSecretVersionRequestBody{SecretString: to("changed")}
		request := &csmsmodel.CreateSecretVersionRequest{SecretName: "made", Body: body}
		same(*must(csmsAs(own()).CreateSecretVersion(request)).VersionMetadata.Id, "v2")
	}},
	{"ListSecretVersions", func() {
		request := &csmsmodel.ListSecretVersionsRequest{SecretName: "made"}
		listed := *must(csmsAs(own()).ListSecretVersions(request)).VersionMetadatas
		same(len(listed), 2)
		same(*listed[1].VersionStages, []string{"SYSCURRENT"})
	}},
	{"ShowSecretVersion", func() {
		request := &csmsmodel.ShowSecretVersionRequest{SecretName: "made", VersionId: "latest"}
		same(*must(csmsAs(own()).ShowSecretVersion(request)).Version.SecretString, "changed")
	}},
	{"DeleteSecret", func() {
		same(must(csmsAs(own()).DeleteSecret(&csmsmodel.DeleteSecretRequest{SecretName: "made"})).HttpStatusCode, 204)
	}},
	{"CreateKey", func() {
		body := &kmsmodel.CreateKeyRequestBody{KeyAlias: "made"}
		made := must(kmsClient().CreateKey(&kmsmodel.CreateKeyRequest{Body: body})).KeyInfo
		same([]string{*made.DomainId, *made.RegionId}, []string{seed["domain_id"], seed["region"]})
		madeKey = *made.KeyId
	}},
	{"ListKeyDetail", func() {
		shown := must(kmsClient().ListKeyDetail(&kmsmodel.ListKeyDetailRequest{Body: ofKey()})).KeyInfo
		same([]string{*shown.KeyAlias, *shown.KeyState}, []string{"made", "2"})
	}},
	{"UpdateKeyAlias", func() {
		body := &kmsmodel.UpdateKeyAliasRequestBody{KeyId: madeKey, KeyAlias: "renamed"}
		renamed := must(kmsClient().UpdateKeyAlias(&kmsmodel.UpdateKeyAliasRequest{Body: body})).KeyInfo
		same(*renamed.KeyAlias, "renamed")
	}},
	{"UpdateKeyDescription", func() {
		body := &kmsmodel.UpdateKeyDescriptionRequestBody{KeyId: madeKey, KeyDescription: "described"}
		described := must(kmsClient().UpdateKeyDescription(&kmsmodel.UpdateKeyDescriptionRequest{Body: body})).KeyInfo
		same(*described.KeyDescription, "described")
	}},
	{"ListKeys", func() {
		listed := must(kmsClient().ListKeys(&kmsmodel.ListKeysRequest{Body: &kmsmodel.ListKeysRequestBody{}}))
		same(len(*listed.KeyDetails), 3)
		same(int(*listed.Total), 3)
	}},
	{"KmsCreateGrant", func() {
		body := &kmsmodel.CreateGrantRequestBody{KeyId: madeKey, GranteePrincipal: seed["user_id"], Operations: []string{"describe-key"}}
		madeGrant = *must(kmsClient().CreateGrant(&kmsmodel.CreateGrantRequest{Body: body})).GrantId
	}},
	{"KmsListGrants", func() {
		same(len(kmsGrants()), 1)
	}},
	{"KmsCancelGrant", func() {
		body := &kmsmodel.RevokeGrantRequestBody{KeyId: madeKey, GrantId: madeGrant}
		must(kmsClient().CancelGrant(&kmsmodel.CancelGrantRequest{Body: body}))
		same(len(kmsGrants()), 0)
	}},
	{"DisableKey", func() {
		same(*must(kmsClient().DisableKey(&kmsmodel.DisableKeyRequest{Body: ofKey()})).KeyInfo.KeyState, "3")
	}},
	{"EnableKey", func() {
		same(*must(kmsClient().EnableKey(&kmsmodel.EnableKeyRequest{Body: ofKey()})).KeyInfo.KeyState, "2")
	}},
	{"DeleteKey", func() {
		body := &kmsmodel.ScheduleKeyDeletionRequestBody{KeyId: madeKey, PendingDays: "7"}
		same(*must(kmsClient().DeleteKey(&kmsmodel.DeleteKeyRequest{Body: body})).KeyState, "4")
	}},
	{"CancelKeyDeletion", func() {
		same(*must(kmsClient().CancelKeyDeletion(&kmsmodel.CancelKeyDeletionRequest{Body: ofKey()})).KeyState, "3")
	}},
	{"ListUsers", func() {
		all := must(csmsAs(own()).ListUsers(&csmsmodel.ListUsersRequest{Limit: 10}))
		same(int(*all.Total), len(*all.Users))
		found := must(csmsAs(own()).ListUsers(&csmsmodel.ListUsersRequest{Limit: 10, UserInfo: to("okafor")}))
		same(*(*found.Users)[0].UserId, seed["Ben Okafor"])
		beyond := must(csmsAs(own()).ListUsers(&csmsmodel.ListUsersRequest{Offset: 1, Limit: 10}))
		same(len(*beyond.Users), 0)
	}},
	{"ShowUserDetail", func() {
		shown := must(csmsAs(own()).ShowUserDetail(&csmsmodel.ShowUserDetailRequest{UserId: seed["Ben Okafor"]}))
		same([]string{*shown.Name, *shown.DomainId}, []string{"Ben Okafor", seed["domain_id"]})
	}},
	{"CreateTenantKmsGrant", func() {
		made := must(repoClient().CreateTenantKmsGrant(&repomodel.CreateTenantKmsGrantRequest{TenantId: seed["domain_id"]}))
		same(*made.Assumed, true)
	}},
	{"UpdateTenantRepoEncryptionSetting", func() {
		on := true
		body := &repomodel.TenantRepoEncryptionSettingRequestDto{
			TenantId: to(seed["domain_id"]), EncryptionType: to("KMS"), DefaultEncryptionEnabled: &on,
			CmkKeyId: to(seed["repositories"]), CmkKeyName: to("repositories"),
		}
		set := must(repoClient().UpdateTenantRepoEncryptionSetting(&repomodel.UpdateTenantRepoEncryptionSettingRequest{
			TenantId: seed["domain_id"], Body: body,
		}))
		same([]string{*set.EncryptionType, *set.CmkKeyId}, []string{"KMS", seed["repositories"]})
	}},
	{"ShowTenantRepoEncryptionSetting", func() {
		asked := &repomodel.ShowTenantRepoEncryptionSettingRequest{TenantId: seed["domain_id"]}
		shown := must(repoClient().ShowTenantRepoEncryptionSetting(asked))
		same([]string{*shown.TenantId, *shown.Region, *shown.CmkKeyName}, []string{seed["domain_id"], seed["region"], "repositories"})
		same(*shown.DefaultEncryptionEnabled, true)
	}},
	{"ListTenantCmks", func() {
		listed := must(repoClient().ListTenantCmks(&repomodel.ListTenantCmksRequest{TenantId: seed["domain_id"]}))
		same(len(*listed.Body), 3)
	}},
	{"ListTenantEncryptedRepositories", func() {
		asked := &repomodel.ListTenantEncryptedRepositoriesRequest{TenantId: seed["domain_id"]}
		listed := *must(repoClient().ListTenantEncryptedRepositories(asked)).Body
		same(len(listed), 1)
		same(*listed[0].RepoName, "payments")
	}},
	{"ShowTenantKmsGrant", func() {
		asked := &repomodel.ShowTenantKmsGrantRequest{TenantId: seed["domain_id"]}
		same(*must(repoClient().ShowTenantKmsGrant(asked)).Assumed, true)
		outside("DELETE", "delegations/"+seed["domain_id"])
		same(*must(repoClient().ShowTenantKmsGrant(asked)).Assumed, false)
	}},
	{"KeystoneCreateToken", func() {
		issued := byPassword(project())
		that(issued.XSubjectToken != nil, "no token")
		same(issued.Token.Project.Id, seed["project_id"])
		both := project()
		both.Domain = &iammodel.AuthScopeDomain{Id: to(seed["domain_id"])}
		same(byPassword(both).Token.Project.Id, seed["project_id"])
		same(byPassword(&iammodel.AuthScope{}).Token.Domain.Id, seed["domain_id"])

		identity := &iammodel.AgencyTokenIdentity{
			Methods: []iammodel.AgencyTokenIdentityMethods{iammodel.GetAgencyTokenIdentityMethodsEnum().ASSUME_ROLE},
			AssumeRole: &iammodel.AgencyTokenAssumerole{
				AgencyName: seed["agency_name"],
				DomainName: to(seed["agency_domain_name"]),
			},
		}
		scope := &iammodel.AgencyTokenScope{Project: &iammodel.AgencyTokenScopeProject{Name: to(seed["region"])}}
		assumed := must(iamClient().KeystoneCreateAgencyToken(&iammodel.KeystoneCreateAgencyTokenRequest{
			Body: &iammodel.KeystoneCreateAgencyTokenRequestBody{
				Auth: &iammodel.AgencyTokenAuth{Identity: identity, Scope: scope},
			},
		}))
		same(assumed.Token.Project.Id, seed["agency_project_id"])

		scoped := must(iamClient().KeystoneCreateScopedToken(&iammodel.KeystoneCreateScopedTokenRequest{
			Body: &iammodel.KeystoneCreateScopedTokenRequestBody{
				Auth: &iammodel.ScopedTokenAuth{
					Identity: &iammodel.ScopedTokenIdentity{
						Methods: []string{"token"},
						Token:   &iammodel.ScopedToken{Id: *federated().XSubjectToken},
					},
					Scope: &iammodel.TokenSocpeOption{
						Project: &iammodel.ScopeProjectOption{Id: to(seed["project_id"])},
					},
				},
			},
		}))
		that(scoped.XSubjectToken != nil, "no token")
	}},
	{"KeystoneValidateToken", func() {
		token := *byPassword(project()).XSubjectToken
		shown := must(iamClient().KeystoneValidateToken(&iammodel.KeystoneValidateTokenRequest{XSubjectToken: token}))
		same([]string{shown.Token.User.Name, *shown.XSubjectToken}, []string{seed["user_name"], token})
	}},
	{"CreateTokenWithIdToken", func() {
		scope := &iammodel.GetIdTokenIdScopeBody{
			Project: &iammodel.GetIdTokenScopeDomainOrProjectBody{Id: to(seed["project_id"])},
		}
		issued := must(iamClient().CreateTokenWithIdToken(&iammodel.CreateTokenWithIdTokenRequest{
			XIdpId: seed["idp_id"],
			Body: &iammodel.GetIdTokenRequestBody{Auth: &iammodel.GetIdTokenAuthParams{
				IdToken: &iammodel.GetIdTokenIdTokenBody{Id: seed["id_token"]},
				Scope:   scope,
			}},
		}))
		that(issued.XSubjectToken != nil, "no token")

		// The same by the credentials that the SDK makes of it.
		folder := must(os.MkdirTemp("", "sdk"))
		defer os.RemoveAll(folder)
		file := filepath.Join(folder, "id_token")
		must(0, os.WriteFile(file, []byte(seed["id_token"]), 0o600))
		builder := basic.NewCredentialsBuilder().WithIdpId(seed["idp_id"]).WithIdTokenFile(file)
		opens(must(builder.WithProjectId(seed["project_id"]).WithIamEndpointOverride(sandbox).SafeBuild()))
	}},
	{"CreateUnscopedTokenWithIdToken", func() {
		issued := federated()
		that(issued.XSubjectToken != nil, "no token")
		same(issued.Token.User.OsFederation.IdentityProvider.Id, seed["idp_id"])
	}},
	{"CreateTemporaryAccessKey", func() {
		byAgency := must(iamClient().CreateTemporaryAccessKeyByAgency(&iammodel.CreateTemporaryAccessKeyByAgencyRequest{
			Body: &iammodel.CreateTemporaryAccessKeyByAgencyRequestBody{Auth: &iammodel.AgencyAuth{
				Identity: &iammodel.AgencyAuthIdentity{
					Methods: []iammodel.AgencyAuthIdentityMethods{iammodel.GetAgencyAuthIdentityMethodsEnum().ASSUME_ROLE},
					AssumeRole: &iammodel.IdentityAssumerole{
						AgencyName: seed["agency_name"],
						DomainId:   to(seed["agency_domain_id"]),
					},
				},
			}},
		}))
		key := byAgency.Credential
		opens(regional(key.Access, key.Secret, key.Securitytoken, seed["agency_project_id"]))

		byToken := must(iamClient().CreateTemporaryAccessKeyByToken(&iammodel.CreateTemporaryAccessKeyByTokenRequest{
			Body: &iammodel.CreateTemporaryAccessKeyByTokenRequestBody{Auth: &iammodel.TokenAuth{
				Identity: &iammodel.TokenAuthIdentity{
					Methods: []iammodel.TokenAuthIdentityMethods{iammodel.GetTokenAuthIdentityMethodsEnum().TOKEN},
					Token:   &iammodel.IdentityToken{Id: byPassword(project()).XSubjectToken},
				},
			}},
		}))
		key = byToken.Credential
		opens(regional(key.Access, key.Secret, key.Securitytoken, seed["project_id"]))
	}},
	{"KeystoneListProjects", func() {
		listed := must(iamClient().KeystoneListProjects(&iammodel.KeystoneListProjectsRequest{Name: to(seed["region"])}))
		same((*listed.Projects)[0].Id, seed["project_id"])
	}},
	{"KeystoneListAuthDomains", func() {
		listed := must(iamClient().KeystoneListAuthDomains(&iammodel.KeystoneListAuthDomainsRequest{}))
		same((*listed.Domains)[0].Id, seed["domain_id"])
	}},
	{"KeystoneListAuthProjects", func() {
		listed := must(iamClient().KeystoneListAuthProjects(&iammodel.KeystoneListAuthProjectsRequest{}))
		same(len(*listed.Projects), 2)
	}},
	{"KeystoneListRegions", func() {
		listed := must(iamClient().KeystoneListRegions(&iammodel.KeystoneListRegionsRequest{}))
		same(len(*listed.Regions), 2)
	}},
	{"KeystoneShowRegion", func() {
		shown := must(iamClient().KeystoneShowRegion(&iammodel.KeystoneShowRegionRequest{RegionId: seed["region"]}))
		same(shown.Region.Id, seed["region"])
	}},
	{"KeystoneListVersions", func() {
		listed := must(iamClient().KeystoneListVersions(&iammodel.KeystoneListVersionsRequest{}))
		same(listed.Versions.Values[0].Status, "stable")
	}},
	{"KeystoneShowVersion", func() {
		shown := must(iamClient().KeystoneShowVersion(&iammodel.KeystoneShowVersionRequest{}))
		same(shown.Version.Links[0].Href, sandbox+"/v3/")
	}},
	{"AssumeAgency", func() {
		assumed := must(stsClient().AssumeAgency(&stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
			AgencyUrn:         "iam::" + seed["agency_domain_id"] + ":agency:" + seed["agency_name"],
			AgencySessionName: "compat",
			DurationSeconds:   to(int32(900)),
		}}))
		key := assumed.Credentials
		opens(regional(key.AccessKeyId, key.SecretAccessKey, key.SecurityToken, seed["agency_project_id"]))
	}},
	{"GetCallerIdentity", func() {
		caller := must(stsClient().GetCallerIdentity(&stsmodel.GetCallerIdentityRequest{}))
		same([]string{*caller.AccountId, *caller.PrincipalId}, []string{seed["domain_id"], seed["user_id"]})
	}},
}

func try(act func()) (reason string) {
	defer func() {
		if fault := recover(); fault != nil {
			reason = strings.Join(strings.Fields(fmt.Sprint(fault)), " ")
			if reason == "" {
				reason = "no reason"
			}
		}
	}()
	act()
	return ""
}

const alphabet = "aZ09-._~ !\"#$%&'()*+,:;<=>?@[]^`{|}äßπ語🔑"

func text(random *rand.Rand, max int) string {
	letters := []rune(alphabet)
	text := make([]rune, random.Intn(max+1))
	for index := range text {
		text[index] = letters[random.Intn(len(letters))]
	}
	return string(text)
}

// signed makes a random request to an operation that anybody who is let in may call, and signs it.
func signed(random *rand.Rand) *request.DefaultHttpRequest {
	segment := text(random, 12) + "x"
	places := []struct{ method, path string }{
		{"GET", "/v1/" + seed["project_id"] + "/secrets/" + segment},
		{"GET", "/v1/csms/users/" + segment},
		{"GET", "/v3/regions/" + segment},
		{"GET", "/v1/" + seed["project_id"] + "/csms/grants"},
		{"DELETE", "/v1/" + seed["project_id"] + "/csms/grants"},
		{"POST", "/v1/" + seed["project_id"] + "/csms/grants"},
		{"PUT", "/v1/" + seed["project_id"] + "/csms/grants"},
		{"POST", "/v3.0/OS-CREDENTIAL/securitytokens"},
	}
	place := places[random.Intn(len(places))]
	builder := request.NewHttpRequestBuilder().WithEndpoint(sandbox).WithMethod(place.method).WithPath(place.path)
	for count := random.Intn(4); count > 0; count-- {
		key := text(random, 6) + "k"
		switch random.Intn(3) {
		case 0:
			builder.AddQueryParam(key, reflect.ValueOf(text(random, 8)))
		case 1:
			builder.AddQueryParam(key, reflect.ValueOf([]string{text(random, 5), text(random, 5)}))
		default:
			builder.AddQueryParam(key, reflect.ValueOf(random.Int63()))
		}
	}
	space := []string{"", " ", "  ", "\t", " \t "}
	for count := random.Intn(4); count > 0; count-- {
		name := fmt.Sprintf("X-Test-%c", 'A'+random.Intn(8))
		inner := "a" + space[random.Intn(len(space))] + "b"
		builder.AddHeaderParam(name, space[random.Intn(len(space))]+inner+space[random.Intn(len(space))])
	}
	switch random.Intn(5) {
	case 0:
		builder.AddHeaderParam("Content-Type", "application/json").WithBody("body", text(random, 30))
	case 1:
		builder.AddHeaderParam("Content-Type", "application/json;charset=UTF-8").
			WithBody("body", map[string]any{text(random, 5): text(random, 20)})
	case 2:
		builder.AddHeaderParam("Content-Type", "text/plain").WithBody("body", text(random, 30))
	case 3:
		builder.AddHeaderParam("Content-Type", "application/octet-stream")
	}
	if random.Intn(2) == 0 {
		builder.AddHeaderParam("X-Project-Id", seed["project_id"])
	}
	return builder.Build()
}

// verified sends a signed request and tells whether it was let in: what is done with it then does not matter.
func verified(sent *request.DefaultHttpRequest) (bool, string) {
	for name, value := range must(signer.Sign(sent, seed["access_key"], seed["secret_key"])) {
		sent.AddHeaderParam(name, value)
	}
	converted := must(sent.ConvertRequest())
	answer := must(http.DefaultClient.Do(converted))
	defer answer.Body.Close()
	body := must(io.ReadAll(answer.Body))
	isIn := answer.StatusCode != 401 && !bytes.Contains(body, []byte("APIGW."))
	return isIn, fmt.Sprintf("%s %s: %s %s", converted.Method, converted.URL, answer.Status, body)
}

// signedAlone makes a random request of every kind that is signed and no client sends.
func signedAlone(random *rand.Rand) *request.DefaultHttpRequest {
	sent := signed(random)
	// An empty body that is not to be hashed: the SDKs for Go and Python differ, and we do as the latter.
	for must(sent.GetBodyToBytes()).Len() == 0 && isUnhashed(sent) {
		sent = signed(random)
	}
	for _, name := range []string{"X-Security-Token", "X-Domain-Id", "X_Never_Signed"} {
		if random.Intn(2) == 0 {
			sent.AddHeaderParam(name, fmt.Sprintf("%x+/==", random.Int63()))
		}
	}
	// Without it the SDK for Go signs no host.
	sent.AddHeaderParam("Host", strings.TrimPrefix(sandbox, "http://"))
	date := time.Unix(random.Int63n(4_000_000_000), 0)
	sent.AddHeaderParam(signer.HeaderXDate, date.UTC().Format(signer.BasicDateFormat))
	return sent
}

func isUnhashed(sent *request.DefaultHttpRequest) bool {
	kind := sent.GetHeaderParams()["Content-Type"]
	return kind != "" && !strings.HasPrefix(kind, "application/json")
}

// record tells what was signed, and the result.
func record(sent *request.DefaultHttpRequest, access, secret string) string {
	authorization := must(signer.Sign(sent, access, secret))[signer.HeaderAuthorization]
	headers := map[string]string{}
	for name, value := range sent.GetHeaderParams() {
		// The SDK for Go signs no type, and our signer finds the host out by itself.
		if name != "Content-Type" && name != "Host" {
			headers[name] = value
		}
	}
	return string(must(json.Marshal(map[string]any{
		"method":        sent.GetMethod(),
		"url":           must(sent.ConvertRequest()).URL.String(),
		"headers":       headers,
		"body":          must(sent.GetBodyToBytes()).String(),
		"access_key":    access,
		"secret_key":    secret,
		"authorization": authorization,
	})))
}

func main() {
	sandbox = os.Getenv("HWGRANTS_ENDPOINT")
	// The sandbox is on this machine, whatever proxy is set.
	http.DefaultClient = &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	that(json.Unmarshal(outside("GET", "identities"), &seed) == nil, "no identities")
	for _, check := range checks {
		verdict := "works"
		if reason := try(check.act); reason != "" {
			verdict = "FAILED " + reason
		}
		fmt.Printf("%s\t%s\n", check.operation, verdict)
	}

	random := rand.New(rand.NewSource(20261128))
	const count = 300
	good := 0
	for index := 0; index < count; index++ {
		isIn, what := verified(signed(random))
		if isIn {
			good++
		} else {
			fmt.Fprintf(os.Stderr, "not verified: %s\n", what)
		}
	}
	fmt.Printf("verified signatures\t%d of %d\n", good, count)

	for index := 0; index < 540; index++ {
		access, secret := fmt.Sprintf("AK%x", random.Int63()), text(random, 40)+"s"
		fmt.Printf("signed\t%s\n", record(signedAlone(random), access, secret))
	}
}
