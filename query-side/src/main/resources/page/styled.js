// Styles that are computed, set through the object model: the Content-Security-Policy takes no style attributes, and
// Lit's own styleMap begins with one.

import { noChange } from "lit";
import { Directive, directive, PartType } from "lit/directive.js";

class Styled extends Directive {
  constructor(part) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new Error("styled() stands in the tag of an element, where no attribute is named");
    }
  }

  render() {
    return noChange;
  }

  update({ element }, [styles]) {
    Object.entries(styles).forEach(([property, value]) => element.style.setProperty(property, value));
    return noChange;
  }
}

export const styled = directive(Styled);
