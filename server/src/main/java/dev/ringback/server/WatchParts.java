package dev.ringback.server;

import dev.ringback.server.api.watch.Watches;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.server.store.job.Standings;
import dev.ringback.server.watch.FeedReader;
import dev.ringback.server.watch.Past;
import dev.ringback.server.watch.Seats;
import dev.ringback.server.watch.States;
import dev.ringback.server.watch.Subscribers;

/** What tells those who watch. Closing it ends all watches. */
record WatchParts(Watches watches, Subscribers subscribers, FeedReader reader)
    implements AutoCloseable {
  static WatchParts start(StoreParts store, NodeParts node, Closer closer) {
    Database database = closer.add(store.forCreates().beside(Past.READERS + 1));
    Events events = new Events(database);
    Past past = new Past(events, Memory.PAST);
    States states = new States(past, new Jobs(database), new Standings(database), events);
    Seats seats = new Seats(Memory.WATCHES, Memory.PAGES);
    Subscribers subscribers = new Subscribers(Memory.CHANGES);
    Watches watches = new Watches(subscribers, past, seats, states, store.clock());
    FeedReader reader =
        new FeedReader(
            events, past, subscribers, store.forCreates().happened(), node.membership()::isAlone);
    return closer.add(new WatchParts(watches, subscribers, reader));
  }

  @Override
  public void close() throws InterruptedException {
    reader.close();
    subscribers.close();
  }
}
