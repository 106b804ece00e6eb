const key = Symbol('JSON fields');
const none: ReadonlySet<string> = new Set();

/** Property decorator: a list or an object in this field of a body is passed to the other rules as a `JsonText`. */
export function JsonField(): PropertyDecorator {
  return (prototype, name) => {
    Reflect.defineMetadata(key, new Set([...jsonFieldsOf(prototype.constructor), name]), prototype.constructor);
  };
}

/** The names of these fields. @param type the DTO class */
export function jsonFieldsOf(type: object): ReadonlySet<string> {
  return (Reflect.getMetadata(key, type) as ReadonlySet<string> | undefined) ?? none;
}
