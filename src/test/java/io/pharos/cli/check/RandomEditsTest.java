package io.pharos.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One wrong edit in one random place of the shipped files, made by a generator with seeds. Nearly
/// all must be told at their line.
@Tag("slow")
class RandomEditsTest {
  private static final int EDITS = Integer.getInteger("pharos.edits", 150);
  private static final int FIRST = Integer.getInteger("pharos.seed", 1);

  @TempDir Path folder;

  @Test
  void randomEdits_areToldAtTheirLine() throws IOException {
    CheckedTree tree = CheckedTree.copyOfShipped(folder);
    assertThat(tree.check()).isEmpty();
    var texts = new TreeMap<String, String>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        texts.put(folder.relativize(file).toString(), Files.readString(file));
      }
    }
    var maker = new WrongEditMaker(texts);
    var missed = new ArrayList<String>();
    var impossible = new TreeSet<String>();
    List<WrongEditMaker.Kind> kinds = WrongEditKinds.ALL;
    int made = 0;
    for (int seed = FIRST; made < EDITS; seed++) {
      var kind = kinds.get(seed % kinds.size());
      var found = maker.make(kind, new Random(seed * 7919L));
      if (found.isEmpty()) {
        impossible.add(kind.name());
        continue;
      }
      made++;
      var edit = found.get();
      for (var text : edit.texts().entrySet()) {
        Files.writeString(folder.resolve(text.getKey()), text.getValue());
      }
      List<String> told = tree.check();
      if (told.stream().noneMatch(line -> edit.isTold(line, folder + "/"))) {
        missed.add(
            "seed %d, %s: %s: %s"
                .formatted(seed, kind.name(), edit.what(), told.stream().limit(3).toList()));
      }
      for (String file : edit.texts().keySet()) {
        Files.writeString(folder.resolve(file), texts.get(file));
      }
    }
    System.out.printf("%d edits of %d kinds, %d missed%n", made, kinds.size(), missed.size());
    missed.forEach(System.out::println);
    assertThat(impossible).isEmpty();
    assertThat(missed).hasSizeLessThanOrEqualTo(made * 3 / 100);
  }
}
