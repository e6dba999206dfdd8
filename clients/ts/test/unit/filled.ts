import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";

/** A message with a value in each of its fields, so that what is lost on the way can be seen to be missing. */
export function filled<Desc extends DescMessage>(desc: Desc): MessageShape<Desc> {
  const values = desc.fields.map((field) => [field.localName, valueOf(field)]);
  return create(desc, Object.fromEntries(values));
}

function valueOf(field: DescField): unknown {
  switch (field.fieldKind) {
    case "message":
      return filled(field.message);
    case "map":
      return { key: field.name };
    case "enum":
      return 1;
    case "scalar":
      return scalarOf(field.scalar, field.name);
    case "list":
      throw new Error(`${field}: lists are not filled yet`);
  }
}

function scalarOf(type: ScalarType, name: string): unknown {
  switch (type) {
    case ScalarType.STRING:
      return name;
    case ScalarType.BYTES:
      return new TextEncoder().encode(name);
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
      return 7n;
    default:
      return 7;
  }
}
