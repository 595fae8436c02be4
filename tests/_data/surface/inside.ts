/** Exported as a type alone. */
export class Inside {}
