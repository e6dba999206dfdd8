package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.db.TestDatabase;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A database of a version before, with jobs in every state, is brought up to date. */
@Timeout(60)
final class MigrationTest {
  /** The last version that had a job's status and its open attempts in tables of their own. */
  private static final String BEFORE = "6";

  // Jobs 1 to 7: waiting, running, cancelled while it ran (by a node that was buried and
  // forgotten),
  // completed at the second attempt, failed (its execution is no longer kept), cancelled before its
  // time, recurring with an ended firing, one that is retried and its next one.
  private static final String FILL =
      """
      insert into nodes (name) values ('one');
      create function id(n integer) returns uuid language sql as
        $$ select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
      insert into jobs (bucket, id, project_id, status, url, method, headers, body, scheduled_at, cron,
        time_zone, max_retries, min_backoff_ms, max_backoff_ms, max_retry_duration_ms,
        attempt_deadline_ms, attempt_count, finished_at)
      select n, id(n), 1, status::job_status, 'http://127.0.0.1:1/', 'POST', '{}', '',
        case when n < 7 then now() end, case when n = 7 then '* * * * *' end,
        case when n = 7 then 'UTC' end, 3, 10, 3600000, case when n = 1 then 1500 end, 30000, attempts,
        case when status in ('completed', 'failed', 'cancelled') then now() end
      from (values (1, 'pending', 0), (2, 'pending', 0), (3, 'cancelled', 0), (4, 'completed', 2),
        (5, 'failed', 4), (6, 'cancelled', 0), (7, 'pending', 1)) as j(n, status, attempts);
      insert into queue (bucket, job_id, execution_id, project_id, due_at, scheduled_at, owner, attempt,
        lost, recurring, cancelled, lane)
      select n, id(n), id(e), 1, now() + due * interval '1 h', now(), owner, attempt, 0, recurring,
        cancelled, 1::bigint << 32
      from (values (1, 11, -1, null, 0, false, false), (2, 12, -1, 1, 1, false, false),
        (3, 13, -1, 9, 2, false, true), (7, 18, 1, null, 1, false, false),
        (7, 19, 2, null, 0, true, false)) as q(n, e, due, owner, attempt, recurring, cancelled);
      insert into attempts (bucket, job_id, execution_id, number, scheduled_at, started_at, finished_at,
        status, node, error_class)
      select n, id(n), id(e), number, now(), now() - interval '1 min',
        case when status <> 'open' then now() end, status::attempt_status, 'one',
        case when status = 'failed' then 'status' end
      from (values (2, 12, 1, 'open'), (3, 13, 1, 'failed'), (3, 13, 2, 'open'), (4, 14, 1, 'failed'),
        (4, 14, 2, 'succeeded'), (7, 17, 1, 'succeeded'), (7, 18, 1, 'failed'))
        as a(n, e, number, status);
      insert into executions (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
      select n, id(n), id(e), status::execution_status, now(), now(), attempts
      from (values (4, 14, 'completed', 2), (6, 16, 'cancelled', 0), (7, 17, 'completed', 1))
        as x(n, e, status, attempts);
      insert into events (position, kind, project_id, job_id)
      select nextval('event_positions'), 'created', 1, id(n) from generate_series(1, 7) n
      """;

  private static JobId job(int number) {
    return new JobId(id(number));
  }

  private static UUID id(int number) {
    return UUID.fromString("01900000-0000-7000-8000-%012d".formatted(number));
  }

  @Test
  void everyJobStandsAsItDid() throws Exception {
    DatabaseUrl url = TestDatabase.createEmpty();
    try {
      Flyway.configure()
          .dataSource(url.jdbcUrl(), url.user().orElse(null), url.password().orElse(null))
          .schemas(Database.SCHEMA)
          .locations("classpath:db/migration")
          .target(BEFORE)
          .load()
          .migrate();
      try (var connection = TestDatabase.connect(url, Database.SCHEMA);
          var statement = connection.createStatement()) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        for (String table : List.of("attempts", "executions", "events")) {
          for (LocalDate day : List.of(today.minusDays(1), today, today.plusDays(1))) {
            Partitions.ensure(statement, table, day);
          }
        }
        statement.execute(
            "insert into projects (name) values ('one') on conflict do nothing;" + FILL);
      }
      try (Database database = Database.open(url, Database.SCHEMA, 2)) {
        new Partitions(database, new DatabaseClock(database), StoreFixture.RETENTION).ensure();
        agree(database);
        goOn(database);
      }
    } finally {
      TestDatabase.drop(url);
    }
  }

  private static void agree(Database database) {
    Jobs jobs = new Jobs(database);
    List<Job> all = new ArrayList<>();
    for (int number = 1; number <= 7; number++) {
      all.add(jobs.get(1, job(number)));
    }
    assertThat(all)
        .extracting(job -> job.state().status())
        .containsExactly(
            JobStatus.PENDING,
            JobStatus.RUNNING,
            JobStatus.CANCELLED,
            JobStatus.COMPLETED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
            JobStatus.PENDING);
    assertThat(all)
        .extracting(job -> job.state().attemptCount())
        .containsExactly(0, 1, 2, 2, 4, 0, 2);
    assertThat(all)
        .extracting(job -> job.state().finishedAt().isPresent())
        .containsExactly(false, false, true, true, true, true, false);
    var policy = all.getFirst().spec().delivery().retryPolicy();
    assertThat(policy.maxRetries()).isEqualTo(3);
    assertThat(policy.minBackoff()).isEqualTo(Duration.ofMillis(10));
    assertThat(policy.maxBackoff()).isEqualTo(Duration.ofHours(1));
    assertThat(policy.maxDuration()).contains(Duration.ofMillis(1_500));
    assertThat(all.getFirst().spec().delivery().attemptDeadline())
        .isEqualTo(Duration.ofSeconds(30));

    assertThat(attempts(database, 2)).containsExactly("1 open");
    assertThat(attempts(database, 3)).containsExactly("1 failed", "2 open");
    assertThat(attempts(database, 4)).containsExactly("1 failed", "2 succeeded");
    assertThat(executions(database, 4)).containsExactly(id(14) + " COMPLETED 2");
    assertThat(executions(database, 5)).isEmpty();
    assertThat(executions(database, 6)).containsExactly(id(16) + " CANCELLED 0");
    assertThat(executions(database, 7))
        .containsExactly(id(19) + " PENDING 0", id(18) + " PENDING 1", id(17) + " COMPLETED 1");
    Events events = new Events(database);
    assertThat(events.after(0, 10)).isEmpty();
    assertThat(events.head().horizon()).isEqualTo(7);
  }

  private static List<String> attempts(Database database, int number) {
    List<Attempt> attempts = new ArrayList<>();
    new Attempts(database).list(1, job(number), Optional.empty(), 10, attempts::add);
    return attempts.stream()
        .map(attempt -> attempt.number() + " " + attempt.status().word())
        .toList();
  }

  private static List<String> executions(Database database, int number) {
    List<Execution> executions =
        new Executions(database).list(1, job(number), Optional.empty(), 10);
    return executions.stream()
        .map(one -> "%s %s %d".formatted(one.id().value(), one.status(), one.attemptCount()))
        .toList();
  }

  /**
   * The calls that were being made are lost; what waits is claimed, and only one plans a firing.
   */
  private static void goOn(Database database) {
    Rescue rescue = new Rescue(database);
    assertThat(rescue.rescue(Duration.ofDays(1))).containsExactly(new Rescue.Dead("one", 1));
    assertThat(rescue.retire(new Node(1, "one"))).isEqualTo(1);
    assertThat(attempts(database, 3)).containsExactly("1 failed", "2 lost");
    assertThat(attempts(database, 2)).containsExactly("1 lost");
    Node node = new Nodes(database).register("two");
    Claims claims = new Claims(database);
    assertThat(claims.claim(node, Claims.Demand.of(10)).claims())
        .extracting(Claim::jobId)
        .containsExactlyInAnyOrder(job(1), job(2));
    database.run(connection -> {
      try (var statement = connection.createStatement()) {
        return statement.executeUpdate("update queue set due_at = now() where owner is null");
      }
    });
    List<Claim> firings = claims.claim(node, Claims.Demand.of(10)).claims();
    assertThat(firings)
        .extracting(Claim::executionId)
        .containsExactlyInAnyOrder(new ExecutionId(id(18)), new ExecutionId(id(19)));
    assertThat(firings)
        .filteredOn(claim -> claim.cron().isPresent())
        .extracting(Claim::executionId)
        .containsExactly(new ExecutionId(id(19)));
    assertThat(new Events(database).after(0, 10)).hasSize(6);
  }
}
