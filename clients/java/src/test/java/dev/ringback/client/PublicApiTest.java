package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What programs compile against names no library beneath, so that any of them can be exchanged. */
class PublicApiTest {
  private static final List<String> BENEATH =
      List.of("io.grpc", "io.netty", "com.google", "dev.ringback.v1");

  private static List<Class<?>> publicClasses() throws Exception {
    URI root = RingbackClient.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of(root))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        String name = Path.of(root).relativize(file).toString().replace('/', '.');
        if (!name.endsWith("-info.class")) {
          Class<?> type = Class.forName(name.replaceFirst("\\.class$", ""));
          if (isPublic(type)) {
            classes.add(type);
          }
        }
      }
    }
    return classes;
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
  }

  private static boolean isPublic(Member member) {
    return Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
  }

  /** With all type parameters, bounds and exceptions. */
  private static Stream<String> signatures(Class<?> type) {
    Stream<String> itself =
        Stream.concat(
            Stream.of(type.toGenericString(), String.valueOf(type.getGenericSuperclass())),
            Arrays.stream(type.getGenericInterfaces()).map(Object::toString));
    Stream<AnnotatedElement> members =
        Stream.<AnnotatedElement[]>of(
                type.getDeclaredConstructors(), type.getDeclaredMethods(), type.getDeclaredFields())
            .flatMap(Arrays::stream)
            .filter(member -> isPublic((Member) member));
    return Stream.concat(itself, members.flatMap(PublicApiTest::signatures));
  }

  private static Stream<String> signatures(AnnotatedElement member) {
    String itself =
        switch (member) {
          case Method method -> method.toGenericString();
          case Constructor<?> constructor -> constructor.toGenericString();
          case Field field -> field.toGenericString();
          default -> throw new IllegalArgumentException(member.toString());
        };
    Stream<String> annotations = Arrays.stream(member.getAnnotations()).map(Object::toString);
    return Stream.concat(Stream.of(itself), annotations);
  }

  @Test
  void namesNothingOfTheLibrariesBeneath() throws Exception {
    List<Class<?>> classes = publicClasses();
    assertThat(classes).contains(RingbackClient.Builder.class, RingbackException.class, Jobs.class);
    assertThat(classes.stream().flatMap(PublicApiTest::signatures))
        .noneMatch(signature -> BENEATH.stream().anyMatch(signature::contains));
  }
}
