package io.pharos.cli.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The result of wrong edits in one random place each, made by a generator with seeds.
///
/// @param missed the edits that `check` did not tell at their line
/// @param impossible the kinds of edits for which the tree has no place
record RandomEdits(int made, List<String> missed, Set<String> impossible) {
  /// Makes edits one after the other, checks the tree after each, and takes each back.
  ///
  /// @param first the first seed
  static RandomEdits of(CheckedTree tree, int first, int edits) throws IOException {
    Path folder = tree.folder();
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
    for (int seed = first; made < edits; seed++) {
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
    return new RandomEdits(made, missed, impossible);
  }
}
