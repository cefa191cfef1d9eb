package io.pharos.e2e;

import io.pharos.cli.Mistake;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The mistakes of mistakes.txt with the packaged program.
class MistakesIT {
  @TempDir Path folder;

  static List<Mistake> mistakes() throws IOException {
    return Mistake.all();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistake_isAnsweredInTwoPlainLines(Mistake mistake) throws Exception {
    Path used = Files.createDirectories(folder.resolve("used/tsdb"));
    Files.writeString(used.resolve("lock"), "4711\n");
    Files.writeString(folder.resolve("bad.yml"), "global: [\n");
    Files.writeString(folder.resolve("readonly"), "");
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var lock = FileChannel.open(used.resolve("lock"), StandardOpenOption.WRITE)) {
      var _ = lock.lock();
      Map<String, String> values =
          Map.of(
              "folder", folder.toString(),
              "taken", Integer.toString(taken.getLocalPort()),
              "closed", Integer.toString(PharosProcess.freePort()),
              "readonly", folder.resolve("readonly").toString(),
              "used", folder.resolve("used").toString(),
              "bad", folder.resolve("bad.yml").toString());
      var command = new ArrayList<>(List.of(Path.of("pharos").toAbsolutePath().toString()));
      command.addAll(mistake.words(values));
      var ended = PharosProcess.run(command, Map.of());
      mistake.check(ended.code(), ended.output(), values);
    }
  }
}
