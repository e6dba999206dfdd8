package dev.ringback.server.store.tenant;

import static dev.ringback.server.store.schema.Tables.PROJECTS;
import static dev.ringback.server.store.schema.Tables.SIGNING_SECRETS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.least;
import static org.jooq.impl.DSL.val;

import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.refusal.Conflict.TooManySigningSecrets;
import dev.ringback.server.store.db.Database;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;

/**
 * The secrets that callbacks are signed with. Each project has one that is the newest, made when it
 * is first asked for, and up to four that it replaced and that have not expired.
 *
 * <p>Thread-safe.
 */
public final class SigningSecrets {
  /** Not the transaction's time, which may be from before another's rotation. */
  private static final Field<OffsetDateTime> NOW = field("clock_timestamp()", OffsetDateTime.class);

  private final Database database;
  private final SecureRandom random = new SecureRandom();

  public SigningSecrets(Database database) {
    this.database = database;
  }

  /** The secrets that sign now, newest first; at least one. */
  public List<SigningSecret> list(int project) {
    List<SigningSecret> found =
        database.run(connection -> select(Database.sql(connection), project));
    return found.isEmpty()
        ? database.transact(connection -> first(Database.sql(connection), project))
        : found;
  }

  /**
   * Makes a newer secret; those before it sign for the overlap too, where they don't expire sooner.
   *
   * @param wanted the new key; nothing changes when it is that of the newest
   * @throws TooManySigningSecrets when it would be one more than may sign at a time
   */
  public SigningSecret rotate(int project, Duration overlap, Optional<byte[]> wanted) {
    return database.transact(connection -> {
      DSLContext sql = Database.sql(connection);
      List<SigningSecret> before = first(sql, project);
      byte[] key = wanted.orElseGet(this::newKey);
      if (Arrays.equals(before.getFirst().key(), key)) {
        return before.getFirst();
      }
      retire(sql, project, overlap, key);
      List<SigningSecret> old = select(sql, project);
      if (old.size() >= SigningSecret.MOST) {
        throw new TooManySigningSecrets(soonest(old));
      }
      insert(sql, project, key);
      return select(sql, project).getFirst();
    });
  }

  /**
   * Makes every other rotation of the project wait; answers the secrets, of which one is made if
   * there is none.
   */
  private List<SigningSecret> first(DSLContext sql, int project) {
    sql.select(PROJECTS.ID).from(PROJECTS).where(PROJECTS.ID.eq(project)).forNoKeyUpdate().fetch();
    List<SigningSecret> found = select(sql, project);
    if (!found.isEmpty()) {
      return found;
    }
    insert(sql, project, newKey());
    return select(sql, project);
  }

  private static void retire(DSLContext sql, int project, Duration overlap, byte[] key) {
    Field<OffsetDateTime> end =
        field(
            "clock_timestamp() + {0} * interval '1 ms'",
            OffsetDateTime.class, val(overlap.toMillis()));
    sql.update(SIGNING_SECRETS)
        .set(SIGNING_SECRETS.EXPIRES_AT, least(SIGNING_SECRETS.EXPIRES_AT, end))
        .where(SIGNING_SECRETS.PROJECT_ID.eq(project))
        .execute();
    sql.deleteFrom(SIGNING_SECRETS)
        .where(SIGNING_SECRETS.PROJECT_ID.eq(project))
        .and(SIGNING_SECRETS.EXPIRES_AT.le(NOW).or(SIGNING_SECRETS.KEY.eq(key)))
        .execute();
  }

  private static void insert(DSLContext sql, int project, byte[] key) {
    sql.insertInto(
            SIGNING_SECRETS,
            SIGNING_SECRETS.PROJECT_ID,
            SIGNING_SECRETS.KEY,
            SIGNING_SECRETS.CREATED_AT)
        .values(val(project), val(key), NOW)
        .execute();
  }

  private static List<SigningSecret> select(DSLContext sql, int project) {
    return sql.select(SIGNING_SECRETS.KEY, SIGNING_SECRETS.CREATED_AT, SIGNING_SECRETS.EXPIRES_AT)
        .from(SIGNING_SECRETS)
        .where(SIGNING_SECRETS.PROJECT_ID.eq(project))
        .and(SIGNING_SECRETS.EXPIRES_AT.isNull().or(SIGNING_SECRETS.EXPIRES_AT.gt(NOW)))
        .orderBy(SIGNING_SECRETS.EXPIRES_AT.isNull().desc(), SIGNING_SECRETS.CREATED_AT.desc())
        .fetch(SigningSecrets::secret);
  }

  private static SigningSecret secret(Record row) {
    return new SigningSecret(
        row.get(SIGNING_SECRETS.KEY),
        row.get(SIGNING_SECRETS.CREATED_AT).toInstant(),
        Optional.ofNullable(row.get(SIGNING_SECRETS.EXPIRES_AT)).map(OffsetDateTime::toInstant));
  }

  private static Instant soonest(List<SigningSecret> secrets) {
    return secrets.stream()
        .flatMap(secret -> secret.expiresAt().stream())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  private byte[] newKey() {
    byte[] key = new byte[SigningSecret.KEY_BYTES];
    random.nextBytes(key);
    return key;
  }
}
