# Förklaringarnas texter. Namn och citat står efter kolon eller tankstreck eller inom citattecken, så att inga ändelser
# behövs. "p-" talar till personen själv, "o-" till organisationen, "a-" till den som granskar.

## Till personen själv
p-title = Ditt kunnande och utmaningen ”{ $title }”
p-needs = { $all ->
    [one] Utmaningen gäller en färdighet.
   *[other] Utmaningen gäller { $all } färdigheter.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] Din profil berättar ännu inte om { $all ->
            [one] den
           *[other] dem
         }. Det betyder inte att du inte kan.
        [one] { $all ->
            [one] Den syns delvis i din profil.
           *[other] Av dem syns en delvis i din profil.
         }
       *[other] Av dem syns { $partly } delvis i din profil.
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] Den syns tydligt i din profil.
               *[other] Alla syns tydligt i din profil.
             }
           *[other] Av dem syns { $clear } tydligt i din profil.
         }
       *[other] Av dem syns { $clear } tydligt och { $partly } delvis i din profil.
     }
 }
p-no-list = Organisationen berättar om sitt problem med egna ord och räknar inte upp vad man ska kunna.
p-unknown = { $why ->
    [profile_language] Vi vet inte ännu hur du och den här utmaningen passar ihop: din text är på ett språk som vi inte kan läsa. Skriv några meningar på finska, svenska eller engelska, eller välj dina kunskaper i listan.
    [challenge_language] Vi vet inte hur du och den här utmaningen passar ihop: utmaningen är på ett språk som vi inte kan läsa.
    [empty_profile] Vi vet inte ännu hur du och den här utmaningen passar ihop: din profil är tom. Några meningar om vad du har gjort räcker till att börja med.
    [empty_challenge] Vi vet inte hur du och den här utmaningen passar ihop: utmaningen säger inte ännu vad det gäller.
   *[no_evidence] Vi vet inte ännu hur du och den här utmaningen passar ihop: vi hittade inget gemensamt i din text och utmaningen. Det är inget omdöme om dig. Få skriver ner allt de kan.
 }
p-brings = Det här kan du bidra med
p-met = { $need }{ how }{ p-who }
p-part = { $need } (delvis){ how }{ p-who }
p-who = { $status ->
    [confirmed] {" "}(bekräftat)
    [stated] {" "}(du berättar det själv)
   *[recognised] { $quote ->
        [none] {" "}(fanns i din text)
       *[other] {" "}– du skriver: ”{ $quote }”
     }
 }
p-words = Gemensamt i era texter: { $ours ->
    [same] ”{ $theirs }”
   *[other] du ”{ $ours }”, organisationen ”{ $theirs }”
 }
p-near = Nära varandra: du skriver ”{ $ours }”, i utmaningen står ”{ $theirs }”
p-fits-language = Dina språkkunskaper räcker.
p-fits-remote = Distansarbete passar er båda.
p-fits-place = Platsen ligger på lagom avstånd.
p-fits-time = Tiden passar dig.
p-fits-wishes = Sådant arbete har du önskat dig.
p-opens = Det här skulle öppna utmaningen för dig
p-missing = { $need }: { $why ->
    [must] nödvändigt här, men ännu inte i din profil.
    [found] nämns i utmaningen, men ännu inte i din profil.
   *[asked] ännu inte i din profil.
 }{" "}{ $taught ->
    [yes] Det kan du lära dig här.
   *[no] Om du kan detta, lägg till det.
 }
p-confirm = { $claim }: det här hittade vi i din text. Bekräfta det om det stämmer, så räknas det fullt ut.
p-level = { $need }: önskad nivå är { $asked }, i din profil står { $has } (på skalan 1–5).
p-language = { $language }: minst nivå { $asked } behövs; { $has ->
    [none] din profil nämner inte det här språket.
   *[other] du har { $has }.
 }
p-place = Det är { $km } km dit; du har sagt högst { $radius } km.
p-period = Utmaningen pågår { $period }, och du är ledig { $free }. Tiderna möts inte.
p-days = Utmaningen tar { $days } dagar, och du är ledig { $common } av dem.
p-hours = Utmaningen tar { $asked } timmar i veckan; du har { $has }.
p-route = Organisationen erbjuder: { $route }. Det hör inte till de sätt som du har sagt passar dig.
p-wishes = Arbetet är bara delvis det du önskar, eller något annat.
p-unclear = Det här vet vi inte ännu
p-silent = { $signal ->
    [skills] { $silent ->
        [profile] Dina kunskaper: din profil berättar inte om dem.
       *[other] Kunskaper: organisationen har inte sagt vad som behövs.
     }
    [text] { $silent ->
        [profile] Dina egna ord: din profil har ingen text som vi kan läsa.
        [differ] Gemensamma ord: du och organisationen skriver på olika språk, så orden säger ingenting.
       *[other] Utmaningen har ingen text som vi kan läsa.
     }
    [wishes] { $silent ->
        [challenge] Dina önskemål: utmaningen säger inte vad man gör eller lär sig där.
       *[other] Dina önskemål: du har inte berättat om dem.
     }
    [language] { $silent ->
        [challenge] Språk: organisationen har inte sagt vilka som behövs.
       *[other] Dina språk: du har inte berättat vilka du kan.
     }
    [place] { $silent ->
        [challenge] Platsen: organisationen har inte berättat var det är.
        [differ] Platsen: vi vet inte hur långt det är.
       *[other] Din ort: du har inte berättat var du finns.
     }
   *[time] { $silent ->
        [challenge] Tiden: organisationen har inte berättat när det är.
        [differ] Tiden: uppgifterna från dig och organisationen går inte att jämföra.
       *[other] Din tid: du har inte berättat när du är ledig.
     }
 }
p-note = Om något här är fel, rätta det i din profil. Du avgör vad som stämmer.

how = { $how ->
    [narrower] {" "}– ditt specialkunnande: { $claim }
    [broader] {" "}– ditt bredare kunnande hjälper: { $claim }
    [related] {" "}– nära detta: { $claim }
   *[same] {""}
 }

## Till organisationen
o-title = Person { $profile } och er utmaning ”{ $title }”
o-needs = { $all ->
    [one] Utmaningen gäller en färdighet.
   *[other] Utmaningen gäller { $all } färdigheter.
 }{" "}{ $clear ->
    [0] { $partly ->
        [0] Personens profil berättar inte om { $all ->
            [one] den.
           *[other] dem.
         }
        [one] { $all ->
            [one] Den syns delvis i personens profil.
           *[other] Av dem syns en delvis i personens profil.
         }
       *[other] Av dem syns { $partly } delvis i personens profil.
     }
   *[other] { $partly ->
        [0] { $missing ->
            [0] { $all ->
                [one] Den syns tydligt i personens profil.
               *[other] Alla syns tydligt i personens profil.
             }
           *[other] Av dem syns { $clear } tydligt i personens profil.
         }
       *[other] Av dem syns { $clear } tydligt och { $partly } delvis i personens profil.
     }
 }
o-no-list = Ni har inte räknat upp vad man ska kunna, så jämförelsen bygger på texterna.
o-unknown = { $why ->
    [profile_language] Vi vet inte om personen passar: texten är på ett språk som vi inte kan läsa.
    [challenge_language] Vi vet inte om personen passar: utmaningen är på ett språk som vi inte kan läsa. Skriv den på finska, svenska eller engelska, eller räkna upp vad man ska kunna.
    [empty_profile] Vi vet inte om personen passar: profilen är ännu tom.
    [empty_challenge] Vi vet inte om personen passar: utmaningen säger inte ännu vad det gäller. Några meningar om problemet räcker.
   *[no_evidence] Vi vet inte om personen passar: vi hittade inget gemensamt i texterna. Personen kan ändå kunna det ni behöver.
 }
o-brings = Det här kan personen bidra med
o-met = { $need }{ o-how }{ o-who }
o-part = { $need } (delvis){ o-how }{ o-who }
o-how = { $how ->
    [narrower] {" "}– specialkunnande: { $claim }
    [broader] {" "}– ett bredare kunnande hjälper: { $claim }
    [related] {" "}– nära detta: { $claim }
   *[same] {""}
 }
o-who = { $status ->
    [confirmed] {" "}(bekräftat)
    [stated] {" "}(enligt personen själv)
   *[recognised] { $quote ->
        [none] {" "}(fanns i texten, ännu inte bekräftat)
       *[other] {" "}– ännu inte bekräftat; personen skriver: ”{ $quote }”
     }
 }
o-words = Gemensamt i texterna: { $ours ->
    [same] ”{ $theirs }”
   *[other] personen ”{ $ours }”, ni ”{ $theirs }”
 }
o-near = Nära varandra: personen skriver ”{ $ours }”, ni skriver ”{ $theirs }”
o-fits-language = Språkkunskaperna räcker.
o-fits-remote = Distansarbete passar båda.
o-fits-place = Platsen ligger på lagom avstånd för personen.
o-fits-time = Tiden passar personen.
o-fits-wishes = Personen har önskat sig sådant arbete.
o-adds = Det här behöver andra bidra med
o-missing = { $need }{ $why ->
    [must] {" "}– nödvändigt
    [found] {" "}– fanns i er text; behövs det?
   *[asked] {""}
 }{ $taught ->
    [yes] {" "}– kan läras hos er
   *[no] {""}
 }
o-more = { $need }: stöd för det som ännu fattas{ $why ->
    [must] {" "}– nödvändigt
    [found] {" "}– fanns i er text; behövs det?
   *[asked] {""}
 }
o-level = { $need }: ni önskar nivå { $asked }, personen uppger { $has } (på skalan 1–5).
o-agree = Att tala om med personen
o-language = { $language }: ni önskar minst nivå { $asked }; { $has ->
    [none] personen nämner inte det här språket.
   *[other] personen har { $has }.
 }
o-place = Platsen ligger { $km } km från personen, som reser högst { $radius } km.
o-period = Er period är { $period }, och personen är ledig { $free }. Tiderna möts inte.
o-days = Perioden är { $days } dagar, och personen är ledig { $common } av dem.
o-hours = Ni önskar { $asked } timmar i veckan; personen har { $has }.
o-route = Ni erbjuder: { $route }. Det hör inte till de sätt som personen har sagt passar.
o-wishes = Arbetet är bara delvis det personen önskar, eller något annat.
o-unclear = Det här är inte känt
o-silent = { $signal ->
    [skills] { $silent ->
        [profile] Kunskaper: personens profil berättar inte om dem.
       *[other] Kunskaper: ni har inte sagt vad som behövs.
     }
    [text] { $silent ->
        [profile] Egna ord: personens profil har ingen text som vi kan läsa.
        [differ] Gemensamma ord: texterna är på olika språk, så orden säger ingenting.
       *[other] Utmaningen har ingen text som vi kan läsa.
     }
    [wishes] { $silent ->
        [challenge] Önskemål: utmaningen säger inte vad man gör eller lär sig där.
       *[other] Önskemål: personen har inte berättat om dem.
     }
    [language] { $silent ->
        [challenge] Språk: ni har inte sagt vilka som behövs.
       *[other] Språk: personen har inte berättat vilka hen kan.
     }
    [place] { $silent ->
        [challenge] Platsen: ni har inte berättat var det är.
        [differ] Platsen: avståndet är inte känt.
       *[other] Orten: personen har inte berättat var hen finns.
     }
   *[time] { $silent ->
        [challenge] Tiden: ni har inte berättat när det är.
        [differ] Tiden: uppgifterna går inte att jämföra.
       *[other] Tiden: personen har inte berättat när hen är ledig.
     }
 }
o-note = Personen kan också kunna sådant som profilen inte nämner. Fråga.

## Till den som granskar
a-title = Redogörelse för en träff: profil { $profile }, utmaning { $challenge }
a-score = Poäng: { $score } (på skalan 0–1), till sista siffran { $exact }
a-unknown = Ingen poäng. Orsak: { $why ->
    [profile_language] profilens text är inte på något språk som stöds, och den uppger inga kunskaper
    [challenge_language] utmaningens text är inte på något språk som stöds, och den har inga krav
    [empty_profile] profilen säger ingenting som går att förstå
    [empty_challenge] utmaningen säger ingenting som går att förstå
   *[no_evidence] ingenting i de två dokumenten möts
 }. Detta är inte noll.
a-known = Känd andel av vikterna: { $known }
a-formula = Poängen är summan av bidragen. Ett bidrag är vikt × värde ÷ summan av de kända vikterna, som är { $total }. Det som inte är känt lägger inte till något, och dess vikt delas mellan de andra. Talen är avrundade till sex decimaler.
a-signals = Signaler
a-signal = { signal }: värde { $value }, vikt { $weight }, bidrag { $contribution }
a-silent = { signal }: inte känt, vikt { $weight }. Orsak: { silent }
a-sum = Summan av bidragen: { $sum }
signal = { $signal ->
    [skills] Kunskaper
    [text] Text
    [semantic] Betydelse
    [wishes] Önskemål
    [language] Språk
    [place] Plats
   *[time] Tid
 }
silent = { $silent ->
    [profile] profilen berättar det inte
    [challenge] utmaningen berättar det inte
    [both] varken profilen eller utmaningen berättar det
    [vectors] det finns inga vektorer för texterna
   *[differ] { $signal ->
        [text] texterna är på olika språk
        [place] olika ortnamn utan koordinater
       *[other] dagar hos den ena, timmar hos den andra
     }
 }
a-needs = Krav
a-no-needs = Utmaningen har inga krav, varken angivna eller igenkända.
a-need = { $need }: uppfylls till { $degree }, vikt { $weight }{ $must ->
    [yes] , nödvändigt
   *[no] {""}
 }, { asked-by }{ asked-level }{ $quote ->
    [none] {""}
   *[other] , i utmaningen: ”{ $quote }”
 }
asked-by = { $status ->
    [recognised] igenkänt i utmaningen
    [confirmed] bekräftat av organisationen
   *[stated] angivet av organisationen
 }
asked-level = { $asked ->
    [0] {""}
   *[other] , önskad nivå { $asked }
 }
a-met = Uppfylls av: { $claim } ({ $how ->
    [narrower] snävare
    [broader] bredare
    [related] närliggande
   *[same] samma kunnande
 }, { $status ->
    [confirmed] bekräftat
    [stated] uppgivet
   *[recognised] igenkänt i texten
 }); närhet { $similarity }, tillförlitlighet { $strength }{ $has ->
    [0] , nivån är inte uppgiven
   *[other] , nivå { $has }
 }{ $quote ->
    [none] {""}
   *[other] , i profilen: ”{ $quote }”
 }
a-unmet = Inte i profilen: det är inte känt om personen kan detta. Täckningen räknas på det som profilen berättar.
a-words = Gemensamma ord
a-word = ”{ $ours }” – ”{ $theirs }”: { $share } av textsignalens summa
a-nears = Meningar som ligger nära varandra i betydelse
a-near = ”{ $ours }” – ”{ $theirs }”: närhet { $degree }
a-facts = Omständigheter
a-language = { $language }: önskat { $asked }, { $has ->
    [none] personen nämner inte språket
   *[other] personen har { $has }
 }
a-remote = Båda godtar distansarbete.
a-distance = Avstånd { $km } km, personen reser högst { $radius } km
a-days = Gemensamma dagar { $common }, periodens dagar { $days }
a-hours = Timmar i veckan: personen har { $has }, önskat { $asked }
a-route = Erbjudet sätt: { $route }
a-accepts = Godtagna sätt: { $route }
a-no-facts = Inget som kunde jämföras har berättats.
a-gates = Grindar
a-gate = Uppfylls inte: { $gate ->
    [musts] något nödvändigt uppfylls till mindre än hälften eller inte alls
    [language] ett språk saknas eller är under nivån
    [place] längre bort än personen reser
    [period] ingen gemensam dag
   *[route] sättet hör inte till de godtagna
 }{ $shuts ->
    [yes] {" "}– stänger ute ur rangordningar
   *[no] {" "}– bara för kännedom, stänger inte ute
 }
a-no-gate = Såvitt känt klarar paret alla grindar.
a-versions = Versioner och hur man upprepar
a-version = osuma { $version }, dokumentens schema { $schema }
a-taxonomy = Taxonomi: { $digest }
a-snapshot = Ögonblicksbild: { $digest }
a-settings = Text: k1 { $k1 }, b { $b }, orddelar { $subwords ->
    [none] används inte
   *[other] { $subwords }
 }
a-again = { $stored ->
    [yes] Öppna denna ögonblicksbild med denna version av osuma och vikterna ovan, och anropa explain({ $profile }, { $challenge }): resultatet är detsamma på biten på alla plattformar.
   *[no] Öppna denna ögonblicksbild med denna version av osuma och vikterna ovan, och anropa explain_new med profilen { $profile } som den gavs, och utmaningen { $challenge }: resultatet är detsamma på biten på alla plattformar.
 }

## Namn
from-until = { $from }–{ $until }
from-on = från { $from }
until-on = till { $until }
route = { $route ->
    [workshop] framtidsverkstad
    [cooperative_activity] kooperativ verksamhet
    [work_trial] arbetsprövning
    [pay_subsidy] arbete med lönesubvention
    [commission] uppdrag
   *[employment] anställning
 }
language = { $code ->
    [ar] arabiska
    [bn] bengali
    [de] tyska
    [en] engelska
    [es] spanska
    [et] estniska
    [fa] persiska
    [fi] finska
    [fr] franska
    [hi] hindi
    [it] italienska
    [ku] kurdiska
    [lv] lettiska
    [lt] litauiska
    [ne] nepali
    [pl] polska
    [pt] portugisiska
    [ro] rumänska
    [ru] ryska
    [se] nordsamiska
    [so] somaliska
    [sq] albanska
    [sv] svenska
    [sw] swahili
    [ta] tamil
    [th] thailändska
    [ti] tigrinska
    [tl] tagalog
    [tr] turkiska
    [uk] ukrainska
    [ur] urdu
    [vi] vietnamesiska
    [zh] kinesiska
   *[other] { $code }
 }
