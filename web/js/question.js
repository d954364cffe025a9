// A question to the API that is asked again and again: one at a time, and at most every two seconds unless it changed.
// What was last answered stays when asking fails.

import { t } from "./words.js";

const restsFor = 2000;

export async function ask(target) {
  const response = await fetch(target, { headers: { accept: "application/json" } });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? t`the server answers ${response.status}`);
  return answer;
}

export class Question {
  // draw(answer) is called with each answer, fail(sentence) with what went wrong.
  constructor({ draw, fail }) {
    Object.assign(this, { draw, fail, asked: null, askedAt: -Infinity, isUnderWay: false, next: null });
  }

  put(target) {
    const isNew = target !== this.asked;
    if (!isNew && performance.now() - this.askedAt < restsFor) return;
    if (this.isUnderWay) {
      if (isNew) this.next = target;
      return;
    }
    this.#send(target);
  }

  // An answer under way is for nobody any more.
  drop() {
    Object.assign(this, { asked: null, next: null });
  }

  async #send(target) {
    Object.assign(this, { asked: target, askedAt: performance.now(), isUnderWay: true, next: null });
    try {
      const answer = await ask(target);
      if (this.asked === target && !this.next) this.draw(answer);
    } catch (error) {
      if (this.asked === target && !this.next) this.fail(error.message);
    }
    this.isUnderWay = false;
    if (this.next) this.#send(this.next);
  }
}
