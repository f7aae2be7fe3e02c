// A grant, with the ID of the user looked up by name. Writes the configuration into the directory `cdktf.out`.
import { App, TerraformStack } from "cdktn";
import { CsmsGrant } from "./bindings/providers/hwgrants/csms-grant";
import { DataHwgrantsCsmsUser } from "./bindings/providers/hwgrants/data-hwgrants-csms-user";
import { HwgrantsProvider } from "./bindings/providers/hwgrants/provider";

const app = new App();
const stack = new TerraformStack(app, "grants");
new HwgrantsProvider(stack, "hwgrants");
const user = new DataHwgrantsCsmsUser(stack, "ana", { userName: "Ana Ruiz" });
new CsmsGrant(stack, "ana-db-password", {
  resourceId: process.argv[2],
  type: "SECRET",
  granteeType: "user",
  granteeTargetId: user.userId,
});
app.synth();
