import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

/** Adds the answers of Amazon's engine to groups of records and patterns: one group per line, from one file to another. */
public final class Answers {
    public static void main(String[] files) throws Exception {
        ObjectMapper json = new ObjectMapper();
        try (BufferedReader in = Files.newBufferedReader(Path.of(files[0]));
                BufferedWriter out = Files.newBufferedWriter(Path.of(files[1]))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                ObjectNode group = (ObjectNode) json.readTree(line);
                ArrayNode answers = group.putArray("answers");
                for (JsonNode pattern : group.get("patterns")) {
                    answers.add(answer(pattern.asText(), group.get("events")));
                }
                out.write(json.writeValueAsString(group));
                out.write('\n');
            }
        }
    }

    /**
     * A letter per record, or an exclamation mark for an invalid pattern. The engine multiplies `$or` out and keeps the
     * alternatives in one machine, where it takes one that repeats a value of an earlier one for a duplicate and drops it
     * (1.8.1). So each alternative also gets a machine of its own; where that makes a difference its answer counts, as a
     * capital letter.
     */
    private static String answer(String pattern, JsonNode events) throws Exception {
        if (JsonRuleCompiler.check(pattern) != null) {
            return "!";
        }
        Machine whole = new Machine();
        whole.addRule("pattern", pattern);
        List<Machine> alternatives = new ArrayList<>();
        for (Map<String, List<Patterns>> alternative : JsonRuleCompiler.compile(pattern)) {
            Machine machine = new Machine();
            machine.addPatternRule("alternative", alternative);
            alternatives.add(machine);
        }
        StringBuilder letters = new StringBuilder();
        for (JsonNode event : events) {
            boolean together = matches(whole, event.asText());
            boolean apart = false;
            for (Machine alternative : alternatives) {
                apart |= matches(alternative, event.asText());
            }
            letters.append(together != apart ? (apart ? 'T' : 'F') : (apart ? 't' : 'f'));
        }
        return letters.toString();
    }

    private static boolean matches(Machine machine, String event) throws Exception {
        return !machine.rulesForJSONEvent(event).isEmpty();
    }
}
