package dev.ringback.server.store.job;

import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.ringback.server.job.Delivery;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@link Delivery} as the JSON of its column: its components by their names, absent ones left
 * out, durations in ISO 8601. A node that does not know a name passes over it.
 *
 * <p>Jobs by the million share a few deliveries, so both ways are remembered. Thread-safe.
 */
final class DeliveryText {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(all -> all.withValueInclusion(Include.NON_ABSENT))
          .build();

  private static final Remembered<Delivery, String> TEXTS =
      new Remembered<>(JSON::writeValueAsString);
  private static final Remembered<String, Delivery> DELIVERIES =
      new Remembered<>(text -> JSON.readValue(text, Delivery.class));

  private DeliveryText() {}

  static String of(Delivery delivery) {
    return TEXTS.get(delivery);
  }

  static Delivery read(String text) {
    return DELIVERIES.get(text);
  }
}
