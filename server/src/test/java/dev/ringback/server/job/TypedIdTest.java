package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypedIdTest {
  private final RandomGenerator random = new Random(1);

  /** From the TypeID specification's valid.yml. */
  @ParameterizedTest
  @CsvSource({
    "00000000000000000000000000, 00000000-0000-0000-0000-000000000000",
    "00000000000000000000000001, 00000000-0000-0000-0000-000000000001",
    "0000000000000000000000000a, 00000000-0000-0000-0000-00000000000a",
    "0000000000000000000000000g, 00000000-0000-0000-0000-000000000010",
    "00000000000000000000000010, 00000000-0000-0000-0000-000000000020",
    "0123456789abcdefghjkmnpqrs, 0110c853-1d09-52d8-d73e-1194e95b5f19",
    "01h455vb4pex5vsknk084sn02q, 01890a5d-ac96-774b-bcce-b302099a8057",
    "7zzzzzzzzzzzzzzzzzzzzzzzzz, ffffffff-ffff-ffff-ffff-ffffffffffff",
  })
  void writesAndReadsTheVectorsOfTheSpecification(String suffix, UUID uuid) {
    assertThat(new JobId(uuid)).hasToString("job_" + suffix);
    assertThat(new ExecutionId(uuid)).hasToString("exec_" + suffix);
    assertThat(JobId.parse("job_" + suffix)).contains(new JobId(uuid));
    assertThat(ExecutionId.parse("exec_" + suffix)).contains(new ExecutionId(uuid));
  }

  @Test
  void readsWhatItWrote() {
    for (UUID uuid : uuids()) {
      assertThat(JobId.parse(new JobId(uuid).toString())).contains(new JobId(uuid));
    }
  }

  @Test
  void textsSortAsTheirBitsDo() {
    List<UUID> uuids = uuids();
    Comparator<UUID> unsigned =
        Comparator.comparing(UUID::getMostSignificantBits, Long::compareUnsigned)
            .thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);
    assertThat(uuids.stream().sorted(unsigned).map(JobId::new).map(JobId::toString))
        .isSorted()
        .hasSize(uuids.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "job",
        "job_",
        "01h455vb4pex5vsknk084sn02q",
        "_01h455vb4pex5vsknk084sn02q",
        "exec_01h455vb4pex5vsknk084sn02q",
        "JOB_01h455vb4pex5vsknk084sn02q",
        "job-01h455vb4pex5vsknk084sn02q",
        "job__01h455vb4pex5vsknk084sn02q",
        " job_01h455vb4pex5vsknk084sn02q",
        "job_01h455vb4pex5vsknk084sn02",
        "job_01h455vb4pex5vsknk084sn02q0",
        "job_01h455vb4pex5vsknk084sn02q ",
        // One bit too many.
        "job_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "job_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        // Letters that Crockford leaves out, capitals, and beyond ASCII.
        "job_01h455vb4pex5vsknk084sn02i",
        "job_01h455vb4pex5vsknk084sn02l",
        "job_01h455vb4pex5vsknk084sn02o",
        "job_01h455vb4pex5vsknk084sn02u",
        "job_01H455VB4PEX5VSKNK084SN02Q",
        "job_01h455vb4pex5vsknk084sn02é",
        "job_01h455vb4pex5vsknk084sn02\0",
        "job_!1h455vb4pex5vsknk084sn02q",
      })
  void refusesWhatIsNoJobId(String text) {
    assertThat(JobId.parse(text)).isEmpty();
  }

  private List<UUID> uuids() {
    List<UUID> uuids = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      uuids.add(new UUID(random.nextLong(), random.nextLong()));
    }
    return uuids;
  }
}
