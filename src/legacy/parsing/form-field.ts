/** A field of a form, in the order of the form and undecoded. */
export interface FormField {
  /** As PHP reads it: without leading spaces, and up to the first NUL. */
  name: Buffer;
  value: Buffer;
  /** False for a file and for a part of another type. */
  isText: boolean;
  /** Of a file: its name and its type, if it has one, as they were sent; a character for each byte. */
  file?: { name: string; type: string | undefined };
}
