// Going through a page by the Tab key, as those do who use no mouse.
import { fail } from "./check.mjs";

// Presses Tab until `target` has the focus, which it must show.
export async function tabTo(page, target) {
  const wanted = await target.elementHandle();
  for (let presses = 0; presses < 60; presses += 1) {
    const isThere = await wanted.evaluate((element) => element === document.activeElement);
    if (isThere) {
      const outline = await wanted.evaluate((element) => getComputedStyle(element).outlineStyle);
      if (outline === "none") fail(`the focus on ${target} cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  fail(`no Tab leads to ${target}`);
}
