// The sandbox's Merchant Platform, as a person uses it in the browser.
import { fail } from "./check.mjs";

export class Platform {
  constructor(page, url, words) {
    Object.assign(this, { page, url, words: words.platform });
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  async logIn(mchid, user) {
    const { page, words } = this;
    await page.goto(this.url);
    await this.fillLogIn(mchid, user);
    await page.getByRole("heading", { name: words.accountCenter, level: 1 }).waitFor();
  }

  async fillLogIn(mchid, user) {
    const { page, words } = this;
    await page.getByLabel(words.merchantId, { exact: true }).fill(mchid);
    await page.getByLabel(words.user, { exact: true }).fill(user);
    await page.getByLabel(words.password, { exact: true }).fill(`sandbox-${user}`);
    await this.button(words.logIn).click();
  }

  // Account Center > Account Setting > API Security.
  async toApiSecurity() {
    const { page, words } = this;
    await page.getByRole("navigation").getByRole("link", { name: words.accountCenter, exact: true }).click();
    await page.getByRole("main").getByRole("link", { name: words.accountSetting, exact: true }).click();
    await page.getByRole("main").getByRole("link", { name: words.apiSecurity, exact: true }).click();
    await page.getByRole("heading", { name: words.apiSecurity, level: 1 }).waitFor();
  }

  // Copies merchant id and name with the one button, onto the clipboard.
  async copyMerchant() {
    await this.button(this.words.copyMerchant).first().click();
    await this.page.getByText(this.words.copied, { exact: true }).waitFor();
  }

  async toRequest() {
    await this.page.getByRole("link", { name: this.words.request, exact: true }).click();
    await this.page.getByLabel(this.words.requestString, { exact: true }).waitFor();
  }

  // Asks for an SMS code, and reads it from the sandbox's phone on another page.
  async code() {
    await this.button(this.words.getCode).click();
    await this.page.locator("#to-phone").waitFor();
    const phone = await this.page.context().newPage();
    await phone.goto(`${this.url}/phone`);
    const text = await phone.locator("#messages li[data-channel=sms] .text").first().textContent();
    await phone.close();
    return text.match(/\d{6}/)?.[0] ?? fail(`no code in: ${text}`);
  }

  async next(code, password) {
    const { page, words } = this;
    await page.getByLabel(words.smsCode, { exact: true }).fill(code);
    await page.getByLabel(words.password, { exact: true }).fill(password);
    await this.button(words.next).click();
  }

  // Copies the certificate string with its button, onto the clipboard.
  async copyCertificate() {
    await this.page.getByText(this.words.issued, { exact: true }).waitFor();
    await this.button(this.words.copy).click();
    await this.page.getByText(this.words.copied, { exact: true }).waitFor();
  }
}
