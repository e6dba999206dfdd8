package dev.ringback.server.store.job;

import org.junit.jupiter.api.Nested;

/** That each supported PostgreSQL goes about the statements that run all the time as it should. */
final class PlansTest {
  @Nested
  final class OnPostgres15 extends Plans {
    OnPostgres15() throws Exception {
      super(15);
    }
  }

  @Nested
  final class OnPostgres16 extends Plans {
    OnPostgres16() throws Exception {
      super(16);
    }
  }

  @Nested
  final class OnPostgres17 extends Plans {
    OnPostgres17() throws Exception {
      super(17);
    }
  }

  @Nested
  final class OnPostgres18 extends Plans {
    OnPostgres18() throws Exception {
      super(18);
    }
  }
}
