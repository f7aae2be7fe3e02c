"""Creates what the blocks of the provider `huaweicloud` in an example describe, with the official SDK.

Reads the arguments of the blocks from standard input, as a JSON object by address, and prints their attributes in the
same way. The variables `URL`, `PROJECT_ID`, `ACCESS_KEY` and `SECRET_KEY` say where and as whom.
"""

import json
import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcsms.v1 import csms_client, model as csms
from huaweicloudsdkkms.v2 import kms_client, model as kms

URL = os.environ["URL"]


def build(client):
    credentials = BasicCredentials(os.environ["ACCESS_KEY"], os.environ["SECRET_KEY"], os.environ["PROJECT_ID"])
    credentials = credentials.with_iam_endpoint(URL)
    return client.new_builder().with_credentials(credentials).with_endpoint(URL).build()


def key(arguments):
    body = kms.CreateKeyRequestBody(
        key_alias=arguments["key_alias"], key_description=arguments.get("key_description")
    )
    made = build(kms_client.KmsClient).create_key(kms.CreateKeyRequest(body=body)).key_info
    return {"id": made.key_id, "key_id": made.key_id, "domain_id": made.domain_id}


def secret(arguments):
    body = csms.CreateSecretRequestBody(
        name=arguments["name"], description=arguments.get("description"), secret_string="the value"
    )
    made = build(csms_client.CsmsClient).create_secret(csms.CreateSecretRequest(body=body)).secret
    # As in the official provider, the ID of the resource is not that of the secret.
    return {"id": f"{made.id}/{made.name}", "secret_id": made.id}


CREATE = {"huaweicloud_kms_key": key, "huaweicloud_csms_secret": secret}

attributes = {}
for address, arguments in json.load(sys.stdin).items():
    attributes[address] = arguments | CREATE[address.split(".")[0]](arguments)
json.dump(attributes, sys.stdout)
