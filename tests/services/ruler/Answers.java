import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

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

    /** A letter per record, or an exclamation mark for an invalid pattern. */
    private static String answer(String pattern, JsonNode events) throws Exception {
        if (JsonRuleCompiler.check(pattern) != null) {
            return "!";
        }
        Machine machine = new Machine();
        machine.addRule("pattern", pattern);
        StringBuilder letters = new StringBuilder();
        for (JsonNode event : events) {
            letters.append(machine.rulesForJSONEvent(event.asText()).isEmpty() ? 'f' : 't');
        }
        return letters.toString();
    }
}
