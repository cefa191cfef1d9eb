package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClassPreloaderTest {
  static java.util.List<String> classes() {
    return ClassPreloader.CLASSES;
  }

  @ParameterizedTest
  @MethodSource("classes")
  void everyClass_isThere(String name) {
    assertThatCode(() -> Class.forName(name)).doesNotThrowAnyException();
  }
}
