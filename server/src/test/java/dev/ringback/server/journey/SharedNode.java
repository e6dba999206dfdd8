package dev.ringback.server.journey;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.TempFolder;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.tenant.Keys;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/**
 * The node of all tests in this JVM that leave it as they found it, started when first asked for.
 * Each class of tests has a project of its own.
 */
final class SharedNode implements BeforeAllCallback {
  private @Nullable Running running;
  private @Nullable String key;

  /**
   * The node, and the way to its database: a command of the jar's would start a JVM for each key.
   */
  private record Running(TempFolder folder, RingbackNode node, Database database)
      implements AutoCloseable {
    static Running start() {
      try {
        TempFolder folder = TempFolder.create("ringback-shared-");
        RingbackNode node = RingbackNode.start(folder.path());
        DatabaseUrl url = DatabaseUrl.parse(node.databaseUrl());
        return new Running(folder, node, Database.open(url, Database.SCHEMA, 2));
      } catch (Exception e) {
        throw new IllegalStateException("the shared node does not start", e);
      }
    }

    @Override
    public void close() throws IOException, InterruptedException {
      database.close();
      node.close();
      folder.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Running found =
        context
            .getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(SharedNode.class))
            .computeIfAbsent(Running.class, _ -> Running.start(), Running.class);
    running = found;
    key = new Keys(found.database()).create(context.getRequiredTestClass().getSimpleName());
  }

  RingbackNode node() {
    return requireNonNull(running).node();
  }

  /** Of the project of this class of tests. */
  String key() {
    return requireNonNull(key);
  }

  /** REST by Envoy, for that project. */
  Rest rest() throws IOException {
    return new Rest(node().base(), key());
  }

  /** A client of the server itself, for that project. */
  StubClient client() throws IOException {
    return node().client(key());
  }
}
