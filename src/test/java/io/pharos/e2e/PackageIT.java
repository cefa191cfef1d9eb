package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.e2e.PharosProcess.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `./pharos package` makes from the packaged program. The packages are tried in a view of
/// this machine without a JDK, which needs root.
@Tag("nightly")
class PackageIT {
  @TempDir Path folder;

  @Test
  void packages_withoutTheCache_areTheSameTwice() throws Exception {
    make("one", "--no-cache");
    make("two", "--no-cache");
    String sums = Files.readString(folder.resolve("one/SHA256SUMS"));
    assertThat(sums.lines()).hasSize(3);
    assertThat(folder.resolve("two/SHA256SUMS")).hasContent(sums);
    String installed =
        sh(
            """
            dpkg-deb --fsys-tarfile *.deb | tar -tv |
              awk '$6 != "./" { kib += /^-/ ? int(($3 + 1023) / 1024) : 1 } END { print kib }'
            """,
            folder.resolve("one"));
    assertThat(sh("dpkg-deb --field *.deb Installed-Size", folder.resolve("one")))
        .as("the size does not depend on the file system")
        .isEqualTo(installed);
  }

  @Test
  void tarAndDebianPackage_onAMachineWithoutJdk_startWithTheCache() throws Exception {
    make("out");
    sh("sha256sum --check --strict SHA256SUMS", folder.resolve("out"));
    Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
    sh("tar -xzf ../out/*.tar.gz && dpkg-deb --extract ../out/*.deb deb", unpacked);
    assertThat(unpacked.resolve("deb/usr/lib/systemd/system/pharos.service")).isRegularFile();
    assertThat(unpacked.resolve("deb/usr/bin/pharos")).isSymbolicLink();
    assertThat(sh("dpkg-deb --field ../out/*.deb Version", unpacked)).isEqualTo("0.2.0\n");
    assertThat(sh("jq -r '.components[].name' ../out/*.bom.json", unpacked))
        .contains("quarkus-rest\n", "OpenJDK\n");
    try (Stream<Path> found = Files.list(unpacked)) {
      List<Path> programs = new ArrayList<>(found.filter(it -> !it.endsWith("deb")).toList());
      assertThat(programs).hasSize(1);
      programs.add(unpacked.resolve("deb/opt/pharos"));
      for (Path program : programs) {
        for (String file : List.of("alert-rules/host.yml", "dashboards/pharos-nodes.json")) {
          assertThat(program.resolve(file)).as("init copies it").isRegularFile();
        }
        watches(program);
      }
    }
  }

  /* Init, start and the first scrape. */
  private void watches(Path program) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "hiding the JDK needs root");
    int port = PharosProcess.freePort();
    int backendPort = PharosProcess.freePort();
    Path site = Files.createTempDirectory(folder, "site");
    try (var _ = new ShopBackend(backendPort)) {
      String output =
          sh(
              """
              unshare --mount sh -euc '
                mkdir ../none-$$ && mount --bind ../none-$$ "$4"
                unset JAVA_HOME
                "$1/pharos" init --job=shop --url=http://127.0.0.1:$3/metrics --mail=me@example.org \
                  --web.listen-address=127.0.0.1:$2
                PHAROS_JAVA_OPTS=-Xlog:aot "$1/pharos" serve --web.listen-address=127.0.0.1:$2 >serve.log 2>&1 &
                until "$1/pharos" query --url=http://127.0.0.1:$2 "up{job=\\"shop\\"} == 1" | grep shop; do
                  sleep 1
                done
                kill $!
                wait || true
                grep -c "Opened AOT cache" serve.log
              ' sh "$1" "$2" "$3" "$4"
              """,
              site,
              program.toString(),
              "" + port,
              "" + backendPort,
              Path.of(System.getProperty("java.home")).getParent().toString());
      assertThat(output).contains("shop").endsWith("1\n");
    }
  }

  private void make(String out, String... words) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of("deploy/package/package.sh").toAbsolutePath().toString());
    command.add(folder.resolve(out).toString());
    command.addAll(Arrays.asList(words));
    Ended made = PharosProcess.run(command, Map.of("JAVA_HOME", System.getProperty("java.home")));
    assertThat(made.code()).as(made.output()).isZero();
  }

  private static String sh(String script, Path in, String... words) throws Exception {
    var command = new ArrayList<>(List.of("timeout", "180", "sh", "-euc", script, "sh"));
    command.addAll(Arrays.asList(words));
    Ended ended = PharosProcess.run(in, command, Map.of());
    assertThat(ended.code()).as(ended.output()).isZero();
    return ended.output();
  }
}
