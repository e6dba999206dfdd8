package dev.ringback.server.journey;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A machine whose clock is wrong, for one JVM: an agent that moves every reading of the time of
 * day, in the JDK and in all libraries too, and leaves the monotonic clock right, as it is on such
 * a machine.
 *
 * <p>All of Java's ways to tell the time of day end in one of two native methods, and its waits
 * until a time of day in a third. Every call of these is changed, also in classes that were loaded
 * before; not seen are calls by reflection or method reference.
 */
public final class WrongClock implements ClassFileTransformer {
  private static final String MILLIS = "java/lang/System.currentTimeMillis()J";

  /** Nanoseconds since a second that the caller names; what {@link Instant#now} is made of. */
  private static final String NANOS = "jdk/internal/misc/VM.getNanoTimeAdjustment(J)J";

  /** Until a time of day in milliseconds where the flag is set, else for so many nanoseconds. */
  private static final String PARK = "jdk/internal/misc/Unsafe.park(ZJ)V";

  private final Duration off;

  private WrongClock(Duration off) {
    this.off = off;
  }

  /**
   * The option of a JVM whose clock is to be wrong.
   *
   * @param off how far it is ahead, in whole seconds; negative where it is behind
   * @param folder for the agent's jar
   */
  static String option(Duration off, Path folder) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", WrongClock.class.getName());
    attributes.putValue("Can-Retransform-Classes", "true");
    Path jar = Files.createTempFile(folder, "wrong-clock", ".jar");
    String file = WrongClock.class.getName().replace('.', '/') + ".class";
    try (var content = requireNonNull(WrongClock.class.getClassLoader().getResourceAsStream(file));
        var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new JarEntry(file));
      content.transferTo(out);
    }
    return "-javaagent:%s=%d".formatted(jar, off.toSeconds());
  }

  /** Called by the JVM before {@code main}, which it does not call when this throws. */
  public static void premain(String seconds, Instrumentation jvm)
      throws UnmodifiableClassException {
    Duration off = Duration.ofSeconds(Long.parseLong(seconds));
    long millis = System.currentTimeMillis();
    Instant instant = Instant.now();
    jvm.addTransformer(new WrongClock(off), true);
    jvm.retransformClasses(
        Arrays.stream(jvm.getAllLoadedClasses())
            .filter(jvm::isModifiableClass)
            .toArray(Class<?>[]::new));
    check(off, Instant.ofEpochMilli(millis));
    check(off, instant);
  }

  /** That both ways to tell the time are off. This class is changed too, but not what runs. */
  private static void check(Duration off, Instant before) {
    Instant right = before.plus(off);
    Duration millis = Duration.between(right, Instant.ofEpochMilli(System.currentTimeMillis()));
    Duration instant = Duration.between(right, Instant.now());
    Duration longest = off.abs().dividedBy(2);
    if (millis.abs().compareTo(longest) > 0 || instant.abs().compareTo(longest) > 0) {
      throw new IllegalStateException("the clock is not off: " + millis + ", " + instant);
    }
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> loaded,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    try {
      ClassModel model = ClassFile.of().parse(bytes);
      for (PoolEntry entry : model.constantPool()) {
        if (entry instanceof MemberRefEntry member && isOfTheClock(member)) {
          return ClassFile.of()
              .transformClass(
                  model,
                  ClassTransform.transformingMethodBodies(WrongClock::usesTheClock, this::move));
        }
      }
      return null;
    } catch (RuntimeException | LinkageError e) {
      // The JVM would keep silent and use the class as it is, with a clock that is right.
      System.err.println("the clock of " + name + " can't be moved: " + e);
      Runtime.getRuntime().halt(1);
      throw e;
    }
  }

  private static boolean usesTheClock(MethodModel method) {
    return method.code().stream()
        .flatMap(code -> code.elementStream())
        .anyMatch(
            element -> element instanceof InvokeInstruction call && isOfTheClock(call.method()));
  }

  private static boolean isOfTheClock(MemberRefEntry method) {
    return switch (nameAndType(method)) {
      case MILLIS, NANOS, PARK -> true;
      default -> false;
    };
  }

  private static String nameAndType(MemberRefEntry method) {
    return method.owner().asInternalName()
        + "."
        + method.name().stringValue()
        + method.type().stringValue();
  }

  private void move(CodeBuilder code, CodeElement element) {
    switch (element instanceof InvokeInstruction call ? nameAndType(call.method()) : "") {
      case MILLIS -> code.with(element).loadConstant(off.toMillis()).ladd();
      case NANOS -> code.with(element).loadConstant(off.toNanos()).ladd();
      // Back to the right time, which the machine itself waits for: less the offset times the flag.
      case PARK ->
          code.dup2_x1()
              .pop2()
              .dup_x2()
              .i2l()
              .loadConstant(off.toMillis())
              .lmul()
              .lsub()
              .with(element);
      default -> code.with(element);
    }
  }
}
