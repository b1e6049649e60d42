// Events each second, as they change; errors stand out.

import { quantity } from "../format/numbers";
import { Value } from "./value";

export const Rate = ({ of }: { of: number | null | undefined }) => <Value text={quantity(of ?? null)} />;

export const ErrorRate = ({ of }: { of: number | null | undefined }) => (
  <Value text={quantity(of ?? null)} className={(of ?? 0) > 0 ? "short" : ""} />
);
