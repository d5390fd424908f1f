// What people do, and what they should meet.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equal, fail, filesAreRight, fitsItsWidth, includes } from "./check.mjs";
import { tabTo } from "./keyboard.mjs";
import { Platform } from "./platform.mjs";
import { startGateway, startWizard } from "./program.mjs";
import { Wizard } from "./wizard.mjs";
import { WORDS } from "./words.mjs";

const MCHID = "1900000002";
const COMPANY = `Tidegate Sandbox Shop ${MCHID} 有限公司`;
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

// Wizard and platform side by side in one browser, the merchant without a certificate.
async function sideBySide(stage, language, options = {}) {
  const words = WORDS[language];
  await stage.control("DELETE", `/control/certificates/${MCHID}`);
  const program = await start(stage, options);
  const context = await stage.context({ locale: words.locale, ...options.browser });
  const wizard = new Wizard(await context.newPage(), words);
  const platform = new Platform(await context.newPage(), stage.platformUrl, words);
  await wizard.page.bringToFront();
  await wizard.enter(program.url);
  return { words, program, context, wizard, platform };
}

async function start(stage, options = {}) {
  const program = await startWizard({ ...stage, ...options });
  stage.programs.push(program);
  return program;
}

async function copyMerchant(platform) {
  await platform.page.bringToFront();
  await platform.logIn(MCHID, "admin");
  await platform.toApiSecurity();
  await platform.copyMerchant();
}

async function submitAtPlatform(platform, requestString) {
  const { page, words } = platform;
  await page.bringToFront();
  await platform.toRequest();
  await page.getByLabel(words.requestString, { exact: true }).fill(requestString);
  await platform.next(await platform.code(), "sandbox-admin");
  await platform.copyCertificate();
}

// Every step with copy and paste, and `look` at each page on the way.
async function everyStep(stage, language, options, look) {
  const { wizard, platform } = await sideBySide(stage, language, options);
  await look(wizard.page, "merchant info");
  await copyMerchant(platform);
  await look(platform.page, "API Security");
  await wizard.page.bringToFront();
  await wizard.pasteMerchant();
  equal(await wizard.field(wizard.words.merchantId).inputValue(), MCHID, "the merchant id");
  equal(await wizard.field(wizard.words.merchantName).inputValue(), COMPANY, "the merchant name");
  await wizard.next();
  await wizard.isAtStep(2);
  await look(wizard.page, "request string");
  const shown = await wizard.copyRequestString();
  const copied = await wizard.page.evaluate(() => navigator.clipboard.readText());
  equal(copied, shown, "the copied request string");

  await submitAtPlatform(platform, copied);
  await look(platform.page, "certificate string");
  await wizard.page.bringToFront();
  await wizard.next();
  await wizard.isAtStep(3);
  await look(wizard.page, "paste");
  await wizard.pasteCertificate();
  await wizard.next();
  await wizard.isAtStep(4);
  await wizard.page.getByText(wizard.words.generated, { exact: true }).waitFor();
  await look(wizard.page, "generated");
  filesAreRight(await wizard.folder(), MCHID);
}

const atEase = async () => {};

// A request as far as its string.
async function request(wizard) {
  await wizard.field(wizard.words.merchantId).fill(MCHID);
  await wizard.field(wizard.words.merchantName).fill(COMPANY);
  await wizard.next();
  await wizard.isAtStep(2);
  return wizard.field(wizard.words.requestString).inputValue();
}

async function paste(wizard, text) {
  await wizard.field(wizard.words.certificateString).fill(text);
  await wizard.next();
}

export const SCENARIOS = {
  "every step in English": (stage) => everyStep(stage, "en", {}, atEase),

  "every step in Chinese": (stage) => everyStep(stage, "zh", {}, atEase),

  "every step on a phone, and nothing is wider than it": (stage) =>
    everyStep(stage, "zh", { browser: PHONE }, fitsItsWidth),

  "every step by the keyboard alone": async (stage) => {
    const { wizard, platform, words } = await sideBySide(stage, "en");
    const type = async (page, label, text) => {
      await tabTo(page, page.getByLabel(label, { exact: true }));
      await page.keyboard.press("Control+A");
      await page.keyboard.insertText(text);
    };
    const press = async (page, target) => {
      await tabTo(page, target);
      await page.keyboard.press("Enter");
    };
    await type(wizard.page, words.wizard.merchantId, MCHID);
    await type(wizard.page, words.wizard.merchantName, COMPANY);
    // Enter in a field is Next.
    await wizard.page.keyboard.press("Enter");
    await wizard.isAtStep(2);
    await press(wizard.page, wizard.button(words.wizard.copy));
    await wizard.page.getByText(words.wizard.copied, { exact: true }).waitFor();
    const requestString = await wizard.page.evaluate(() => navigator.clipboard.readText());

    const { page } = platform;
    await page.bringToFront();
    await page.goto(platform.url);
    await type(page, words.platform.merchantId, MCHID);
    await type(page, words.platform.user, "admin");
    await type(page, words.platform.password, "sandbox-admin");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: words.platform.accountCenter, level: 1 }).waitFor();
    const link = (name) => page.getByRole("main").getByRole("link", { name, exact: true });
    await press(page, link(words.platform.accountSetting));
    await page.getByRole("heading", { name: words.platform.accountSetting, level: 1 }).waitFor();
    await press(page, link(words.platform.apiSecurity));
    await page.getByRole("heading", { name: words.platform.apiSecurity, level: 1 }).waitFor();
    await press(page, link(words.platform.request));
    await type(page, words.platform.requestString, requestString);
    await press(page, platform.button(words.platform.getCode));
    await page.locator("#to-phone").waitFor();
    const { messages } = await stage.control("GET", "/control/messages");
    const code = messages.findLast((message) => message.origin === "code").text.match(/\d{6}/)[0];
    await type(page, words.platform.smsCode, code);
    await type(page, words.platform.password, "sandbox-admin");
    await press(page, platform.button(words.platform.next));
    await page.getByText(words.platform.issued, { exact: true }).waitFor();
    await press(page, platform.button(words.platform.copy));
    await page.getByText(words.platform.copied, { exact: true }).waitFor();

    await wizard.page.bringToFront();
    await press(wizard.page, wizard.page.locator("#next"));
    await wizard.isAtStep(3);
    await tabTo(wizard.page, wizard.field(words.wizard.certificateString));
    await wizard.page.keyboard.press("Control+V");
    await press(wizard.page, wizard.page.locator("#next"));
    await wizard.isAtStep(4);
    filesAreRight(await wizard.folder(), MCHID);
  },

  "an operator is refused at the platform": async (stage) => {
    for (const language of ["en", "zh"]) {
      const words = WORDS[language];
      await stage.control("DELETE", `/control/certificates/${MCHID}`);
      const context = await stage.context({ locale: words.locale });
      const platform = new Platform(await context.newPage(), stage.platformUrl, words);
      await platform.logIn(MCHID, "operator");
      await platform.toApiSecurity();
      const request = platform.page.getByRole("link", { name: words.platform.request, exact: true });
      await request.click();
      const refusal = await platform.page.getByRole("alert").filter({ visible: true }).textContent();
      includes(refusal, words.platform.administratorOnly.slice(0, 5), "the refusal");
      await context.close();
    }
  },

  "a wrong SMS code and an expired log-in keep what was typed": async (stage) => {
    const { wizard, platform, words } = await sideBySide(stage, "zh");
    const requestString = await request(wizard);
    const { page } = platform;
    await copyMerchant(platform);
    await platform.toRequest();
    const box = page.getByLabel(words.platform.requestString, { exact: true });
    await box.fill(requestString);
    const code = await platform.code();
    await platform.next(code === "000000" ? "000001" : "000000", "sandbox-admin");
    await page.getByText(words.platform.wrongCode).waitFor();
    equal((await box.inputValue()).trim(), requestString.trim(), "the request string after a wrong code");

    await stage.control("POST", "/control/clock", { advance: "PT31M" });
    await platform.next(code, "sandbox-admin");
    await page.getByText(words.platform.expired).waitFor();
    await platform.fillLogIn(MCHID, "admin");
    await box.waitFor();
    equal((await box.inputValue()).trim(), requestString.trim(), "the request string after logging in again");
    await platform.next(await platform.code(), "sandbox-admin");
    await platform.copyCertificate();
    await wizard.page.bringToFront();
    await wizard.next();
    await wizard.isAtStep(3);
    await wizard.pasteCertificate();
    await wizard.next();
    await wizard.isAtStep(4);
    filesAreRight(await wizard.folder(), MCHID);
  },

  "a wizard that is killed goes on where it was": async (stage) => {
    const { wizard, platform, program, words } = await sideBySide(stage, "en");
    const requestString = await request(wizard);
    await program.kill();

    const again = await start(stage);
    await wizard.enter(again.url);
    await wizard.button(words.wizard.goOn).click();
    await wizard.isAtStep(2);
    equal(await wizard.field(words.wizard.requestString).inputValue(), requestString, "the request string");
    await copyMerchant(platform);
    await submitAtPlatform(platform, requestString);
    const certificate = await platform.page.evaluate(() => navigator.clipboard.readText());

    await wizard.page.bringToFront();
    await wizard.next();
    await wizard.isAtStep(3);
    await again.kill();
    await paste(wizard, certificate);
    await wizard.page.getByText(words.wizard.ended).waitFor();
    equal(await wizard.field(words.wizard.certificateString).inputValue(), certificate, "what was pasted");

    const third = await start(stage);
    await wizard.enter(third.url);
    // Who does not see the list and begins anew is led to the same key.
    equal(await request(wizard), requestString, "the request string of who began anew");
    await wizard.next();
    await wizard.isAtStep(3);
    await paste(wizard, certificate);
    await wizard.isAtStep(4);
    filesAreRight(await wizard.folder(), MCHID);
    await third.stop();
    equal((await third.ended).code, 0, "how the program ended");
  },

  "a wizard that dies while it writes leaves no half key": async (stage) => {
    if (!stage.hasKillPoints) return;
    for (const [point, goesOn] of [
      ["certificate_request_written", false],
      ["certificate_key_written", false],
      ["certificate_key_named", true],
    ]) {
      const storage = join(stage.folder, point);
      const options = { storage, environment: { TIDEGATE_KILL: `${point}:1` } };
      const { wizard, program } = await sideBySide(stage, "en", options);
      await wizard.field(wizard.words.merchantId).fill(MCHID);
      await wizard.field(wizard.words.merchantName).fill(COMPANY);
      await wizard.next();
      equal((await program.ended).signal, "SIGABRT", `the end at ${point}`);
      const again = await start(stage, { storage });
      await wizard.enter(again.url);
      equal(await wizard.button(wizard.words.goOn).count(), goesOn ? 1 : 0, `to go on after ${point}`);
      includes(await request(wizard), "BEGIN CERTIFICATE REQUEST", "the request string");
      await wizard.enter(again.url);
      equal(await wizard.page.locator("#begun li").count(), 1, `folders after ${point}`);
      await again.kill();
    }
  },

  "every mistake is named, and what was typed stays": async (stage) => {
    for (const language of ["en", "zh"]) {
      const { wizard, program } = await sideBySide(stage, language, { storage: join(stage.folder, language) });
      const { page, words } = wizard;
      await wizard.field(words.merchantId).fill("19000O0002");
      await wizard.field(words.merchantName).fill(COMPANY);
      await wizard.field(words.storage).fill("certificates");
      await wizard.next();
      await page.getByText(words.notWhole).waitFor();
      equal(await page.getByRole("alert").filter({ visible: true }).count(), 2, "mistakes");
      equal(await wizard.field(words.merchantName).inputValue(), COMPANY, "the merchant name");
      equal(await wizard.field(words.storage).inputValue(), "certificates", "the storage path");
      // Another language keeps it too.
      await wizard.field(words.merchantId).fill("123");
      await wizard.button(words.other).click();
      const other = new Wizard(page, WORDS[language === "en" ? "zh" : "en"]);
      await other.isAtStep(1);
      equal(await other.field(other.words.merchantId).inputValue(), "123", "the merchant id in the other language");
      await other.button(other.words.other).click();
      await wizard.isAtStep(1);
      equal(await wizard.field(words.merchantName).inputValue(), COMPANY, "the merchant name afterwards");
      await wizard.field(words.storage).fill(join(stage.folder, language));
      const requestString = await request(wizard);
      await wizard.next();
      await wizard.isAtStep(3);
      await paste(wizard, requestString);
      await page.getByText(words.itself).waitFor();
      equal((await wizard.field(words.certificateString).inputValue()).trim(), requestString.trim(), "what was pasted");
      await program.kill();
      await page.context().close();
    }
  },

  "a certificate goes into a gateway that runs": async (stage) => {
    const { wizard, platform } = await sideBySide(stage, "en");
    const requestString = await request(wizard);
    await copyMerchant(platform);
    await submitAtPlatform(platform, requestString);
    await wizard.page.bringToFront();
    await wizard.next();
    await wizard.pasteCertificate();
    await wizard.next();
    await wizard.isAtStep(4);
    const serial = await wizard.page.locator("#serial-number").textContent();

    // Without a gateway nothing is offered; told of one, the tool offers it for the folder that is there.
    equal(await wizard.page.locator("#install").count(), 0, "offers to install");
    stage.programs.push(await startGateway(stage));
    const again = await start(stage, { more: ["--sandbox", stage.data] });
    await wizard.enter(again.url);
    await wizard.button("Open").click();
    await wizard.isAtStep(4);
    await wizard.page.locator("#install").click();
    await wizard.page.locator("#in-force").waitFor();
    const show = ["merchant", "show", MCHID, "--sandbox", stage.data];
    includes(execFileSync(stage.tidegate, show, { encoding: "utf8" }), serial, "what the gateway says of the merchant");
  },

  "a key with a passphrase becomes a bundle for the developer, and inspecting a key shows none of it": async (stage) => {
    const { wizard, platform, words } = await sideBySide(stage, "en");
    const { page } = wizard;
    await page.getByText("Encrypt the private key").click();
    await page.locator("#passphrase").fill("correct horse");
    await page.locator("#passphrase-again").fill("correct horse");
    const requestString = await request(wizard);
    await copyMerchant(platform);
    await submitAtPlatform(platform, requestString);
    await page.bringToFront();
    await wizard.next();
    await wizard.pasteCertificate();
    await page.locator("#passphrase").fill("wrong");
    await wizard.next();
    await page.getByText("The passphrase does not open the private key.").waitFor();
    includes(await wizard.field(words.wizard.certificateString).inputValue(), "BEGIN CERTIFICATE", "what was pasted");
    await page.locator("#passphrase").fill("correct horse");
    await wizard.next();
    await wizard.isAtStep(4);
    const folder = await wizard.folder();
    includes(readFileSync(join(folder, "apiclient_key.pem"), "utf8"), "ENCRYPTED PRIVATE KEY", "the key");

    const seal = async (passphrase) => {
      await page.locator("#bundle-passphrase").fill(passphrase);
      await page.locator("#bundle-passphrase-again").fill(passphrase);
      await page.locator("#download").click();
    };
    await seal("short");
    await page.getByText("This passphrase has 5 characters").waitFor();
    const downloading = page.waitForEvent("download");
    await seal("four words by chance");
    const bundle = join(stage.folder, "developer.backup");
    await (await downloading).saveAs(bundle);
    const restored = join(stage.folder, "developer");
    const environment = { ...process.env, TIDEGATE_BACKUP_PASSPHRASE: "four words by chance" };
    execFileSync(stage.tidegate, ["cert", "restore", bundle, "--out", restored], { env: environment });
    for (const name of ["apiclient_key.pem", "apiclient_cert.p12"]) {
      if (!readFileSync(join(restored, name)).equals(readFileSync(join(folder, name)))) fail(`${name} came back otherwise`);
    }

    await page.getByRole("link", { name: "Inspect", exact: true }).click();
    await page.locator("#file").setInputFiles(join(folder, "apiclient_cert.pem"));
    await page.locator("#inspect").click();
    equal(await page.locator("#report-class").getAttribute("data-class"), "merchant-ca-issued", "the class");
    includes(await page.locator("#report").textContent(), MCHID, "the report");
    const clear = execFileSync("openssl", ["pkcs12", "-in", join(folder, "apiclient_cert.p12"), "-passin", `pass:${MCHID}`, "-nodes", "-nocerts"], { encoding: "utf8" });
    const key = clear.slice(clear.indexOf("-----BEGIN"));
    await page.locator("#text").fill(key);
    await page.locator("#inspect").click();
    await page.getByRole("heading", { name: "pasted text" }).waitFor();
    includes(await page.locator("#report-kind").textContent(), "private key", "the report about a key");
    const lines = key.split("\n").filter((line) => line.length === 64);
    const content = await page.content();
    equal(lines.some((line) => content.includes(line)), false, "a line of the key on the page");
  },
};
