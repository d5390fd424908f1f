// The wizard's pages, as a person uses them in the browser.
import { equal } from "./check.mjs";

// How often an address is tried that the browser turns away from.
const TRIES = 5;

export class Wizard {
  constructor(page, words) {
    Object.assign(this, { page, words: words.wizard });
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  field(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  // Comes in by the address that the program printed.
  async enter(url) {
    // A page of a wizard that died may still be on its way to the browser's own page of errors, which ends this way there; and the
    // way that was ended may end the next one.
    for (let tries = 1; ; tries += 1) {
      try {
        await this.page.goto(url);
        break;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
    await this.isAtStep(1);
    equal(this.page.url().includes("token"), false, "the token does not stay in the address");
  }

  // Waits for the page of the step, whose heading and place in the list of steps say the same.
  async isAtStep(number) {
    const name = this.words.steps[number - 1];
    await this.page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
    equal((await this.page.locator("#steps [aria-current=step]").textContent()).trim(), name, "the current step");
  }

  // Pastes what the platform's one button copied into both fields.
  async pasteMerchant() {
    await this.button(this.words.pasteMerchant).click();
    await this.page.getByText(this.words.pasted, { exact: true }).waitFor();
  }

  async next() {
    await this.page.locator("#next").click();
  }

  // Copies the request string onto the clipboard, and gives it.
  async copyRequestString() {
    await this.button(this.words.copy).click();
    await this.page.getByText(this.words.copied, { exact: true }).waitFor();
    return this.field(this.words.requestString).inputValue();
  }

  async pasteCertificate() {
    await this.button(this.words.paste).click();
    await this.page.getByText(this.words.pasted, { exact: true }).waitFor();
  }

  async folder() {
    return (await this.page.locator("#folder").textContent()).trim();
  }
}
