/** A secret that the project's callbacks are signed with. */
export interface SigningSecret {
  /** `whsec_` and the base64 of the key's bytes. */
  readonly secret: string;
  /** When it was made. */
  readonly createdAt: Date;
  /** When it ceases to sign. Absent for the newest. */
  readonly expiresAt?: Date;
}
